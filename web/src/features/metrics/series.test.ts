import { describe, expect, it } from 'vitest'
import { chartsFor } from './charts'
import { formatters, parseSeries, unitOf } from './series'
import { align, extend, fit, parseSpan, ranges, spanText, stepFor } from './window'

describe('parseSeries', () => {
  it.each([
    ['cpu.used_percent', { name: 'cpu.used_percent', labels: {} }],
    ['filesystem.used_percent{mount="/"}', { name: 'filesystem.used_percent', labels: { mount: '/' } }],
    ['infiniband.link_up{device="mlx5_0",port="1"}', { name: 'infiniband.link_up', labels: { device: 'mlx5_0', port: '1' } }],
    ['filesystem.used_percent{mount="/a \\"b\\" {c}"}', { name: 'filesystem.used_percent', labels: { mount: '/a "b" {c}' } }],
  ])('%s', (full, series) => expect(parseSeries(full)).toEqual(series))
})

it.each([
  ['disk.read_bytes_per_second', 'bytesPerSecond'],
  ['network.errors_per_second', 'perSecond'],
  ['memory.used_bytes', 'bytes'],
  ['gpu.temperature_celsius', 'celsius'],
  ['uptime.seconds', 'seconds'],
  ['load.1m', 'number'],
])('the unit of %s is %s', (name, unit) => expect(unitOf(name)).toBe(unit))

it('shows the unknown as a dash in every unit', () => {
  for (const format of Object.values(formatters)) expect(format(null)).toBe('–')
})

it('puts the series of a kind into one chart and leaves out charts without any', () => {
  const charts = chartsFor(['disk.read_bytes_per_second{disk="sda"}', 'disk.write_bytes_per_second{disk="sda"}', 'cpu.used_percent'])
  expect(charts.map(({ group, charts }) => [group, charts.map(({ id, series }) => [id, series.map(({ label }) => label)])])).toEqual([
    ['processor', [['cpu', ['cpu']]]],
    ['storage', [['disk', ['sda read', 'sda write']]]],
  ])
})

it('puts what a chart is about first, whatever the alphabet says', () => {
  const [first] = chartsFor(['cpu.iowait_percent', 'cpu.steal_percent', 'cpu.used_percent'])
  expect(first?.charts[0]?.series.map(({ name }) => name)).toEqual(['cpu.used_percent', 'cpu.iowait_percent', 'cpu.steal_percent'])
})

describe('align', () => {
  it('puts series on one axis, unknown where one has no value', () => {
    const aligned = align(
      [
        [
          [10, 1],
          [20, 2],
        ],
        [[20, 5]],
      ],
      0,
      100,
      1000,
    )
    expect(aligned).toEqual({
      times: [10, 20],
      values: [
        [1, 2],
        [null, 5],
      ],
    })
  })

  const sampled = (...times: number[]): [number, number][] => times.map((at) => [at, at])

  it('breaks the line where samples are missing', () => {
    const { times, values } = align([sampled(10, 20, 30, 100, 110)], 0, 200, 10)
    expect(times).toEqual([10, 20, 30, 99, 100, 110])
    expect(values).toEqual([[10, 20, 30, null, 100, 110]])
  })

  it('keeps the line of a host that is sampled seldom, and breaks it where its samples are missing', () => {
    const samples = sampled(0, 120, 240, 361, 1200, 1320)
    expect(align([samples], 0, 2000, 10).times).toEqual([0, 120, 240, 361, 1199, 1200, 1320])
  })

  it('leaves out what is outside the window', () => {
    expect(align([[[5, 1]]], 10, 20, 50).times).toEqual([])
  })
})

it('continues history with live values, and repeats none', () => {
  const history: [number, number | null][] = [
    [10, 1],
    [20, 2],
    [30, null],
  ]
  expect(
    extend(history, [
      [20, 2],
      [25, 3],
    ]),
  ).toEqual([
    [10, 1],
    [20, 2],
    [25, 3],
  ])
})

describe('stepFor', () => {
  it.each([
    ['1h', 10],
    ['24h', 240],
    ['7d', 1800],
    ['30d', 7200],
    ['1y', 90_000],
  ] as const)('%s', (range, seconds) => expect(stepFor(ranges[range])).toBe(seconds))

  it('is as fine for the 600 series of a large host', () => expect(stepFor(ranges['1h'], 600)).toBe(10))

  it.each([700, 1500, 4096])('of %d series the center can answer all', (series) => {
    for (const seconds of Object.values(ranges)) expect((seconds / stepFor(seconds, series) + 1) * series).toBeLessThanOrEqual(250_000)
  })
})

describe('a stretch of time', () => {
  const now = Date.UTC(2026, 10, 24, 12)
  const minute = 60_000

  it('comes back from the address as it went in', () => {
    const span = { from: now - 90 * minute, to: now - 30 * minute }
    expect(parseSpan(spanText(span), now)).toEqual(span)
  })

  it.each(['', 'x', '1700000000', '1700000600-1700000000', '17000-18000', '-1-2'])('is none: %j', (text) =>
    expect(parseSpan(text, now)).toBeNull(),
  )

  it('is never shorter than two minutes, around the same middle', () =>
    expect(fit({ from: now - 30 * minute, to: now - 30 * minute + 10_000 }, now)).toEqual({
      from: now - 31 * minute + 5000,
      to: now - 29 * minute + 5000,
    }))

  it('keeps its length and ends now where it would reach into the future', () =>
    expect(fit({ from: now - 10 * minute, to: now + 50 * minute }, now)).toEqual({ from: now - 60 * minute, to: now }))

  it('is never longer than a year', () => {
    const { from, to } = fit({ from: 0, to: now }, now)
    expect(to - from).toBe(365 * 24 * 60 * minute)
  })
})

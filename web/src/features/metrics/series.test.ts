import { describe, expect, it } from 'vitest'
import { chartsFor, formatters, parseSeries, unitOf } from './series'
import { align, extend, stepFor } from './window'

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
  expect(charts.map(({ id, series }) => [id, series.map(({ label }) => label)])).toEqual([
    ['cpu', ['cpu']],
    ['disk', ['sda read', 'sda write']],
  ])
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

  it('breaks the line where samples are missing', () => {
    const { times, values } = align(
      [
        [
          [10, 1],
          [100, 2],
        ],
      ],
      0,
      200,
      50,
    )
    expect(times).toEqual([10, 99, 100])
    expect(values).toEqual([[1, null, 2]])
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
  ] as const)('%s', (range, seconds) => expect(stepFor(range)).toBe(seconds))
})

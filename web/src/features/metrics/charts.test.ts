import { describe, expect, it } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { folded, groups, plan } from './chartPlan'
import { chartedNames, chartsFor, otherCharts } from './charts'

const clocks = ['graphics', 'sm', 'memory', 'video'].map((clock) => `gpu.clock_mhz{gpu="0",clock="${clock}"}`)

describe('the plan', () => {
  it.each([
    ['en', en],
    ['zh', zh],
  ])('has a title for every chart and group in %s', (_, words) => {
    const titles = words.metrics as Record<string, unknown>
    expect(plan.map(({ id }) => id).filter((id) => typeof titles[id] !== 'string')).toEqual([])
    expect(groups.filter((group) => !words.metrics.groups[group])).toEqual([])
  })

  it('names each chart once, in a group that is shown', () => {
    expect(new Set(plan.map(({ id }) => id)).size).toBe(plan.length)
    expect(plan.filter(({ group }) => !groups.includes(group))).toEqual([])
  })

  it('asks for the names of the open groups only', () => {
    const open = groups.filter((group) => !folded.includes(group))
    expect(chartedNames(open)).toContain('gpu.used_percent')
    expect(chartedNames(open)).not.toContain('gpu.xid_total')
    expect(chartedNames(['gpuHealth'])).toContain('gpu.xid_total')
  })
})

it('splits the clocks of a GPU by kind and leaves out what they share', () =>
  expect(
    chartsFor(clocks).flatMap(({ charts }) => charts.map(({ id, unit, series }) => [id, unit, series.map(({ label }) => label)])),
  ).toEqual([
    ['gpuClock', 'megahertz', ['GPU 0']],
    ['gpuMemoryClock', 'megahertz', ['GPU 0']],
  ]))

describe('otherCharts', () => {
  it('takes what no chart takes, by bare name', () => {
    const others = otherCharts([...clocks, 'gpu.used_percent{gpu="0"}', 'plugin.depth{queue="a"}', 'plugin.depth{queue="b"}'])
    expect(others.map(({ id, series }) => [id, series.map(({ label }) => label)])).toEqual([
      ['gpu.clock_mhz', ['GPU 0 sm', 'GPU 0 video']],
      ['plugin.depth', ['a', 'b']],
    ])
  })

  it('together with the charts loses no series', () => {
    const all = [...clocks, 'cpu.used_percent', 'load.1m', 'made.up_total', 'disk.wear_percent{disk="sda"}']
    const charted = chartsFor(all).flatMap(({ charts }) => charts)
    expect([...charted, ...otherCharts(all)].flatMap(({ series }) => series.map(({ name }) => name)).sort()).toEqual([...all].sort())
  })
})

import { describe, expect, it } from 'vitest'
import type { InventoryChange } from '@/api/types'
import { grouped, nameList, rowsOf } from './rows'

const gpu = (index: number) => ({ type: 'gpu', id: `GPU-${index}`, name: String(index) })
const change = (about: Partial<InventoryChange>): InventoryChange => ({
  section: 'gpus',
  path: JSON.stringify(about),
  elements: [],
  field: '',
  kind: 'changed',
  old: null,
  new: null,
  label: '',
  ...about,
})
const driver = (index: number, now = '570') => change({ elements: [gpu(index)], field: 'driverVersion', old: '550', new: now })

describe('rowsOf', () => {
  it('tells the same change of several parts once', () => {
    const [row, ...others] = rowsOf([driver(0), driver(1), driver(2)])
    expect(others).toEqual([])
    expect(row).toMatchObject({ names: ['0', '1', '2'], field: 'driverVersion', old: '550', now: '570' })
  })

  it('keeps different changes apart', () => {
    expect(rowsOf([driver(0), driver(1, '575')]).map(({ names }) => names)).toEqual([['0'], ['1']])
  })

  it('keeps links of different GPUs apart', () => {
    const link = (of: number, n: number) =>
      change({ elements: [gpu(of), { type: 'nvlink', id: String(n), name: String(n) }], field: 'state', old: 'active', new: 'inactive' })
    expect(rowsOf([link(0, 1), link(0, 2), link(3, 1)]).map(({ names }) => names)).toEqual([['1', '2'], ['1']])
  })

  it('never takes two parts that went for one, however equal they were', () => {
    const gone = (index: number) => change({ elements: [gpu(index)], kind: 'removed', old: { model: 'H100' } })
    expect(rowsOf([gone(0), gone(1)])).toHaveLength(2)
  })

  it('collects what came into a list', () => {
    const flag = (name: string) => change({ section: 'cpu', field: 'flags', kind: 'added', new: name })
    expect(rowsOf([flag('avx512f'), flag('amx_tile')])).toMatchObject([{ items: ['avx512f', 'amx_tile'] }])
  })
})

it('groups as the hardware page does, and loses nothing that is new to it', () => {
  const of = (section: string) => change({ section, field: 'x', old: 1, new: 2 })
  expect(
    grouped([of('network'), of('raids'), of('agentVersion'), of('quantum'), of('disks'), of('host')]).map(({ name, rows }) => [
      name,
      rows.length,
    ]),
  ).toEqual([
    ['host', 2],
    ['disks', 2],
    ['network', 1],
    ['other', 1],
  ])
})

it.each([
  [['3'], '3'],
  [['0', '1', '2', '3', '4', '5', '6', '7'], '0–7'],
  [['10', '2', '1', '5'], '1–2, 5, 10'],
  [['eth0', 'eth1'], 'eth0, eth1'],
  [['a', 'b', 'c', 'd'], 'a, b, +2', 2],
])('names %j as %s', (names, text, most?: number) => expect(nameList(names, most)).toBe(text))

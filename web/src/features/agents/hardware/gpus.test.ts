import { describe, expect, it } from 'vitest'
import { activeLinks, models, pcie, troublesOf, type Gpu } from './gpus'

const well = {
  index: 0,
  vendor: 'NVIDIA',
  model: 'NVIDIA H100 80GB HBM3',
  driver: 'nvidia',
  lost: false,
  pcieGeneration: 5,
  pcieWidth: 16,
  pcieMaxGeneration: 5,
  pcieMaxWidth: 16,
  ecc: { volatileCorrected: 3, volatileUncorrected: 0 },
  remappedRows: { corrected: 1, uncorrected: 0, pending: false, failed: false },
  retiredPages: null,
  fabric: { state: 'completed', status: 'success', health: null },
  nvlinks: Array.from({ length: 18 }, (_, link) => ({ link, state: 'active' })),
} as unknown as Gpu

const keys = (change: object) => troublesOf({ ...well, ...change }).map(({ key }) => key)

describe('troublesOf', () => {
  it('says nothing of a GPU that is well, corrected errors and replaced rows included', () => {
    expect(troublesOf(well)).toEqual([])
  })

  it.each([
    ['lost', { lost: true }],
    ['noDriver', { driver: null }],
    ['uncorrected', { ecc: { volatileUncorrected: 2 } }],
    ['remapFailed', { remappedRows: { failed: true } }],
    ['resetPending', { remappedRows: { pending: true } }],
    ['resetPending', { retiredPages: { pending: true } }],
    ['narrow', { pcieWidth: 8 }],
    ['linksDown', { nvlinks: [{ state: 'active' }, { state: 'inactive' }] }],
    ['fabric', { fabric: { state: 'inProgress', health: null } }],
    ['fabricHealth', { fabric: { state: 'completed', health: 'degradedBandwidth' } }],
  ])('finds %s', (key, change) => expect(keys(change)).toEqual([key]))

  it('does not miss links on a card that is wired for none', () => {
    expect(keys({ nvlinks: [{ state: 'inactive' }, { state: 'inactive' }] })).toEqual([])
  })

  it('names the worst first', () => {
    expect(keys({ pcieWidth: 8, lost: true })).toEqual(['lost', 'narrow'])
  })
})

it('writes links as people read them', () => {
  expect(pcie(5, 16)).toBe('Gen5 ×16')
  expect(pcie(null, 16)).toBe('×16')
  expect(pcie(null, null)).toBeNull()
  expect(activeLinks(well)).toBe('18 / 18')
  expect(activeLinks({ ...well, nvlinks: [] })).toBeNull()
})

it('counts equal models', () => {
  expect(models([well, well])).toEqual(['2 × NVIDIA H100 80GB HBM3'])
  expect(models([well, { ...well, model: null }])).toEqual(['NVIDIA H100 80GB HBM3', 'NVIDIA'])
})

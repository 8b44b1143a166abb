import { expect, it } from 'vitest'
import { kindsOf, type Module } from './modules'

const gib = 2 ** 30
const module = (sizeGib: number | null, speed: number) =>
  ({ sizeBytes: sizeGib === null ? null : sizeGib * gib, type: 'DDR5', configuredMts: speed, speedMts: 5600 }) as Module

it('counts modules of a kind, without the empty slots, the most frequent first', () =>
  expect(kindsOf([module(32, 4400), module(64, 4400), module(64, 4400), module(null, 4400)])).toEqual([
    { kind: '64 GiB DDR5 4400 MT/s', count: 2 },
    { kind: '32 GiB DDR5 4400 MT/s', count: 1 },
  ]))

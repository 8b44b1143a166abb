import { describe, expect, it } from 'vitest'
import type { Smart } from '@/api/types'
import { isFailing, sectors, warningsOf } from './smart'

const smart = (values: object) => ({ available: true, passed: true, criticalWarning: null, ...values }) as Smart

// NVMe base specification, SMART / Health Information log, byte 0.
describe('warningsOf', () => {
  it.each([
    [0, []],
    [1, ['spare']],
    [5, ['spare', 'reliability']],
    [8, ['readOnly']],
    [16, ['backup']],
  ])('%i', (criticalWarning, expected) => expect(warningsOf(smart({ criticalWarning }))).toEqual(expected))

  it('says nothing of a disk that does not tell', () => {
    expect(warningsOf(smart({}))).toBeNull()
    expect(warningsOf(null)).toBeNull()
  })
})

it('takes a disk that warns for a failing one, whatever its own verdict', () => {
  expect(isFailing(smart({ criticalWarning: 4 }))).toBe(true)
  expect(isFailing(smart({ passed: false }))).toBe(true)
  expect(isFailing(smart({ criticalWarning: 0 }))).toBe(false)
})

it('writes reallocated and pending sectors together', () => {
  expect(sectors(smart({ reallocatedSectors: 12, pendingSectors: 3 }))).toBe('12 + 3')
  expect(sectors(smart({}))).toBeNull()
})

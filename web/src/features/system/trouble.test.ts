import { describe, expect, test } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { troubleOfRefusal, troublesOf } from './trouble'

const debug = { source: 'debug', reason: 'Started with --debug', code: null }
const away = { source: 'nodes', reason: 'Redis does not answer', code: null }
const full = { source: 'store', reason: 'The disk of the database is full', code: 'store.full' }

describe('what every page says', () => {
  test('is not how the center was started', () => expect(troublesOf({ problems: [debug] })).toEqual([]))
  test('is told in the center’s order', () =>
    expect(troublesOf({ problems: [full, debug, away] })).toEqual([
      { code: 'store.full', reason: full.reason },
      { code: null, reason: away.reason },
    ]))
})

describe('a refusal', () => {
  const refusal = (code: string) => new ApiProblem(503, 'Service Unavailable', 'No database', code)
  test('for want of the database says so', () =>
    expect(troubleOfRefusal(refusal('store.unavailable'))).toEqual([{ code: 'store.unavailable', reason: 'No database' }]))
  test('for another reason does not', () => expect(troubleOfRefusal(refusal('center.stopping'))).toEqual([]))
  test('is not a broken connection', () => expect(troubleOfRefusal(new TypeError('Failed to fetch'))).toEqual([]))
})

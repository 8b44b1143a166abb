import { describe, expect, test } from 'vitest'
import { isOneOfSeveral, nodeTrouble } from './nodes'

const node = (id: string) => ({ id, version: '0.1.0', startedAt: '2026-03-01T08:00:00.000Z', now: '2026-03-01T09:00:00.000Z', schema: '7' })
const debug = { source: 'debug', reason: 'Started with --debug' }
const away = { source: 'nodes', reason: 'Redis does not answer' }
const clocks = { source: 'nodes', reason: 'The clocks are 20 s apart' }

describe('the trouble between nodes', () => {
  test('is nothing else that the center complains of', () => expect(nodeTrouble({ problems: [debug] })).toEqual([]))
  test('is told in the center’s order', () =>
    expect(nodeTrouble({ problems: [away, debug, clocks] })).toEqual([away.reason, clocks.reason]))
})

describe('the nodes are shown', () => {
  test('not for a center that is alone', () => expect(isOneOfSeveral({ nodes: [node('a')], problems: [debug] })).toBe(false))
  test('for two of them', () => expect(isOneOfSeveral({ nodes: [node('a'), node('b')], problems: [] })).toBe(true))
  test('for one that misses the others', () => expect(isOneOfSeveral({ nodes: [node('a')], problems: [away] })).toBe(true))
})

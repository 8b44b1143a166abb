import { describe, expect, it } from 'vitest'
import { offlineAfter, sampleFault } from './agentPace'

describe('offlineAfter', () => {
  it('is three heartbeats', () => expect(offlineAfter(30)).toBe(90))
})

describe('sampleFault', () => {
  it.each([
    [{ sampleSeconds: 10 }, 30, false],
    [{ sampleSeconds: 30 }, 30, false],
    [{ sampleSeconds: 31 }, 30, true],
    [{ sampleSeconds: null }, 5, false],
    [{}, 5, false],
  ])('%o with a heartbeat of %i s: %s', (settings, heartbeat, isOne) => expect(sampleFault(settings, heartbeat)).toBe(isOne))
})

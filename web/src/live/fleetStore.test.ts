import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import type { AgentSummary } from '@/api/types'
import { useFleetStore } from './fleetStore'

const agent = (id: string, change: Partial<AgentSummary> = {}) =>
  ({ id, hostname: id, status: 'online', metrics: { 'cpu.used_percent': 10 }, ...change }) as AgentSummary

beforeEach(() => setActivePinia(createPinia()))

it('gives the live version of a host, else the one asked with', () => {
  const fleet = useFleetStore()
  const listed = agent('a')
  expect(fleet.current(listed)).toBe(listed)
  fleet.merge([agent('a', { hostname: 'renamed' })])
  expect(fleet.current(listed).hostname).toBe('renamed')
})

it('counts hosts that come, go or change state, not new values', () => {
  const fleet = useFleetStore()
  fleet.add('a')
  fleet.merge([agent('a')])
  const before = fleet.membership
  expect(before).toBe(1)
  fleet.merge([agent('a', { metrics: { 'cpu.used_percent': 99 } })])
  expect(fleet.membership).toBe(before)
  fleet.merge([agent('a', { status: 'offline' })])
  expect(fleet.membership).toBe(before + 1)
  fleet.remove('a')
  expect(fleet.membership).toBe(before + 2)
  expect(fleet.removed.has('a')).toBe(true)
  fleet.remove('a')
  expect(fleet.membership).toBe(before + 2)
})

it('takes a host that it hears of for the first time for no change, also after a gap in the feed', () => {
  const fleet = useFleetStore()
  fleet.merge([agent('a'), agent('b')])
  fleet.clear()
  fleet.merge([agent('a'), agent('b', { status: 'offline' })])
  expect(fleet.membership).toBe(0)
})

it('knows what state a host was in from a list, too', () => {
  const fleet = useFleetStore()
  fleet.learn([agent('a'), agent('b')])
  fleet.merge([agent('a')])
  expect(fleet.membership).toBe(0)
  fleet.merge([agent('b', { status: 'suspect' })])
  expect(fleet.membership).toBe(1)
  // An older answer that comes late.
  fleet.learn([agent('b')])
  fleet.merge([agent('b', { status: 'suspect' })])
  expect(fleet.membership).toBe(1)
})

it('keeps a short trail of known values', () => {
  const fleet = useFleetStore()
  for (let value = 0; value < 30; value++) fleet.merge([agent('a', { metrics: { 'cpu.used_percent': value } })])
  fleet.merge([agent('a', { metrics: { 'cpu.used_percent': null } })])
  expect(fleet.trails.get('a')).toHaveLength(24)
  expect(fleet.trails.get('a')?.at(-1)).toBe(29)
})

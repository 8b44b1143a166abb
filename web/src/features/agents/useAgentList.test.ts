import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import type { AgentSummary, Page } from '@/api/types'
import { useFleetStore } from '@/live/fleetStore'
import { useAgentList } from './useAgentList'

const answer = vi.hoisted(() => vi.fn<() => Promise<Page<AgentSummary>>>())
vi.mock('@/api/client', () => ({ api: { agents: answer } }))
vi.mock('@/ui/useUrlState', async () => {
  const { ref } = await import('vue')
  return { useUrlState: (_: string, initial: string) => ref(initial) }
})

const host = (id: string, change: Partial<AgentSummary> = {}) =>
  ({ id, hostname: id, status: 'online', metrics: {}, ...change }) as AgentSummary

beforeEach(() => answer.mockResolvedValue({ items: [host('a'), host('b')], nextCursor: null, total: 200 }))

async function opened() {
  let given: ReturnType<typeof useAgentList> | undefined
  let fleet: ReturnType<typeof useFleetStore> | undefined
  mount(defineComponent({ setup: () => ((fleet = useFleetStore()), (given = useAgentList()), () => null) }), {
    global: { plugins: [createPinia(), [VueQueryPlugin, { queryClient: new QueryClient() }]] },
  })
  await flushPromises()
  if (!given || !fleet) throw new Error('nothing was set up')
  return { fleet, ...given }
}

test('heartbeats leave the list as it is, also of hosts on other pages of it', async () => {
  const { fleet, agents, outdated } = await opened()
  fleet.merge([host('a', { metrics: { 'load.1m': 3 } }), host('z')])
  expect([agents.value[0]?.metrics['load.1m'], outdated.value]).toEqual([3, false])
})

test('a listed host that goes away before the feed told of it makes the list old, until it is fetched', async () => {
  const { fleet, outdated, query } = await opened()
  fleet.merge([host('b', { status: 'offline' })])
  expect(outdated.value).toBe(true)
  await query.refetch()
  await flushPromises()
  expect(outdated.value).toBe(false)
})

test('an added host makes the list old', async () => {
  const { fleet, outdated } = await opened()
  fleet.add('c')
  expect(outdated.value).toBe(true)
})

test('a host that is added while an answer without it is on its way makes the list old', async () => {
  const { fleet, outdated, query } = await opened()
  let arrive = () => {}
  answer.mockReturnValueOnce(new Promise((resolve) => (arrive = () => resolve({ items: [host('a')], nextCursor: null, total: 1 }))))
  const fetched = query.refetch()
  fleet.add('c')
  arrive()
  await fetched
  await flushPromises()
  expect(outdated.value).toBe(true)
})

test('further hosts of an old list leave it old', async () => {
  answer.mockResolvedValueOnce({ items: [host('a')], nextCursor: 'a', total: 200 })
  const { fleet, outdated, query } = await opened()
  fleet.add('c')
  await query.fetchNextPage()
  await flushPromises()
  expect(outdated.value).toBe(true)
})

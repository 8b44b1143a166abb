import { QueryClient, VueQueryPlugin, type InvalidateQueryFilters } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import type { AgentStatus } from '@/api/types'
import type { TopicHandler } from './topics'
import { useLiveData } from './useLiveData'

const handlers = vi.hoisted(() => new Map<string, TopicHandler>())
vi.mock('./useTopic', () => ({ useTopic: (topic: string, handler: TopicHandler) => void handlers.set(topic, handler) }))
vi.mock('./connection', () => ({ liveState: { epoch: 1 } }))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const tell = (type: string, data: unknown) => handlers.get('fleet')?.({ topic: 'fleet', type, data })
const beat = (id: string, status: AgentStatus = 'online') => tell('agents', [{ id, status, metrics: {} }])

/** What is asked for again. */
function opened() {
  const client = new QueryClient()
  const asked = vi.spyOn(client, 'invalidateQueries')
  mount(defineComponent({ setup: () => (useLiveData(), () => null) }), {
    global: { plugins: [createPinia(), [VueQueryPlugin, { queryClient: client }]] },
  })
  return async () => {
    await flushPromises()
    await vi.advanceTimersByTimeAsync(1000)
    const keys = asked.mock.calls.map(([filter]) => (filter as InvalidateQueryFilters).queryKey?.join(' '))
    asked.mockClear()
    return keys
  }
}

test('first heartbeats of a fleet ask for nothing again', async () => {
  const asked = opened()
  for (let n = 0; n < 300; n++) beat(`n${n}`)
  expect(await asked()).toEqual([])
})

test('hosts that come, go or change state ask for the counts and for who needs attention, once a second', async () => {
  const asked = opened()
  for (const id of ['a', 'b', 'c']) {
    tell('agentAdded', { id })
    beat(id)
    await flushPromises()
  }
  expect(await asked()).toEqual(['fleet', 'agents troubled'])
  beat('a', 'offline')
  expect(await asked()).toEqual(['fleet', 'agents troubled'])
  tell('agentRemoved', { id: 'a' })
  expect(await asked()).toEqual(['fleet', 'agents troubled'])
  beat('b')
  expect(await asked()).toEqual([])
})

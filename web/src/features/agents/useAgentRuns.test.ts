import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import type { Task } from '@/api/types'
import { useTaskStore } from '@/live/taskStore'
import { useAgentRuns } from './useAgentRuns'

const api = vi.hoisted(() => ({ agentTasks: vi.fn() }))
vi.mock('@/api/client', () => ({ api }))

const task = (state: Task['state'], succeeded: number) => ({ id: 't', state, counts: { succeeded } }) as Task
const answer = (state: string, finishedAt: string | null) => ({ items: [{ run: { id: 'r', taskId: 't', state, finishedAt } }] })

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

async function opened() {
  let given: ReturnType<typeof useAgentRuns> | undefined
  const tab = defineComponent({ setup: () => ((given = useAgentRuns('a', 8)), () => null) })
  mount(tab, { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } })
  await vi.advanceTimersByTimeAsync(10)
  return () => given?.runs.value.map(({ run }) => run.state)
}

test('a host that is done with a task which goes on elsewhere is asked for again', async () => {
  useTaskStore().mergeTask(task('running', 0))
  api.agentTasks.mockResolvedValue(answer('running', null))
  const states = await opened()
  expect(states()).toEqual(['running'])
  api.agentTasks.mockResolvedValue(answer('succeeded', '2026-11-30T00:00:00Z'))
  useTaskStore().mergeTask(task('running', 1))
  await vi.advanceTimersByTimeAsync(1100)
  expect(states()).toEqual(['succeeded'])
})

test('a new task appears among those of a host', async () => {
  api.agentTasks.mockResolvedValue({ items: [] })
  const states = await opened()
  api.agentTasks.mockResolvedValue(answer('pending', null))
  useTaskStore().mergeTask(task('pending', 0))
  await vi.advanceTimersByTimeAsync(1100)
  expect(states()).toEqual(['pending'])
})

import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Task } from '@/api/types'
import { useTaskStore } from '@/live/taskStore'
import { useTaskList } from './useTaskList'

const api = vi.hoisted(() => ({ tasks: vi.fn() }))
vi.mock('@/api/client', () => ({ api }))

const task = (id: string, state: Task['state']) => ({ id, state, createdAt: `2026-11-30T00:00:0${id}Z` }) as Task
const page = (items: Task[]) => ({ items, nextCursor: null, total: items.length })

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

async function opened(path: string) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { render: () => null } }] })
  await router.push(path)
  let given: ReturnType<typeof useTaskList> | undefined
  const list = defineComponent({ setup: () => ((given = useTaskList()), () => null) })
  mount(list, { global: { plugins: [router, [VueQueryPlugin, { queryClient: new QueryClient() }]] } })
  await vi.advanceTimersByTimeAsync(10)
  if (!given) throw new Error('nothing was set up')
  const { tasks, total } = given
  return () => [tasks.value.map(({ id }) => id), total.value]
}

test('a task that ended leaves the list of those that run, and is no longer counted', async () => {
  api.tasks.mockResolvedValue(page([task('2', 'running'), task('1', 'running')]))
  const shown = await opened('/?state=running')
  expect(shown()).toEqual([['2', '1'], 2])
  api.tasks.mockResolvedValue(page([task('3', 'running'), task('1', 'running')]))
  useTaskStore().mergeTask(task('2', 'succeeded'))
  await flushPromises()
  expect(shown()).toEqual([['1'], 1])
  await vi.advanceTimersByTimeAsync(1100)
  expect(shown()).toEqual([['3', '1'], 2])
})

test('after many new tasks the list is read again instead of growing by them', async () => {
  api.tasks.mockResolvedValue(page([task('1', 'running')]))
  const shown = await opened('/')
  const many = Array.from({ length: 60 }, (_, n) => ({
    ...task('1', 'succeeded'),
    id: `n${n}`,
    createdAt: `2026-11-30T00:01:${String(n).padStart(2, '0')}Z`,
  }))
  api.tasks.mockResolvedValue(page([...many].reverse().slice(0, 50)))
  many.forEach((one) => useTaskStore().mergeTask(one))
  await flushPromises()
  await vi.advanceTimersByTimeAsync(10)
  expect(shown()[0]).toHaveLength(50)
})

import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { createRouter, createMemoryHistory } from 'vue-router'
import { afterEach, expect, test, vi } from 'vitest'
import { ApiProblem } from '@/api/problem'
import type { Run, Task } from '@/api/types'
import { i18n } from '@/i18n'
import { useTaskStore } from '@/live/taskStore'
import TaskPage from './TaskPage.vue'

const api = vi.hoisted(() => ({ task: vi.fn(), runs: vi.fn(), outputUrl: () => '' }))
vi.mock('@/api/client', () => ({ api, whenSignedOut: vi.fn() }))
vi.mock('./OutputView.vue', () => ({ default: { render: () => null } }))

const none = { pending: 0, running: 1, waiting: 0, succeeded: 0, failed: 0, timedOut: 0, lost: 0, refused: 0, expired: 0, cancelled: 0 }
const task = { id: 't', kind: 'command', command: 'uname', args: [], state: 'running', counts: none, createdAt: '2026-11-30T00:00:00Z' }
const run = { id: 'r', taskId: 't', agentId: 'a', hostname: 'node-1', state: 'running', exitCode: null, durationMilliseconds: null }
const page = (items: unknown[], nextCursor: string | null = null) => ({ items, nextCursor, total: items.length })

async function opened(path = '/') {
  api.task.mockResolvedValue(task)
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: TaskPage }] })
  await router.push(path)
  const shown = mount(TaskPage, {
    props: { id: 't' },
    global: { plugins: [i18n, createPinia(), router, [VueQueryPlugin, { queryClient }]], stubs: { RouterLink: true, TaskHeader: true } },
  })
  await flushPromises()
  return { shown, queryClient, list: () => shown.find('.runs').text() }
}

afterEach(() => vi.clearAllMocks())

test('hosts that are asked for, or could not be had, are not none', async () => {
  let refuse: (error: Error) => void = () => undefined
  api.runs.mockReturnValue(new Promise((_, reject) => (refuse = reject)))
  const { list } = await opened()
  expect(list()).not.toContain('No host')
  refuse(new ApiProblem(503, 'Unavailable', 'The database is away.', null))
  await flushPromises()
  expect(list()).toContain('The database is away.')
  expect(list()).not.toContain('No host')
})

test('hosts stay when they are asked for again in vain', async () => {
  api.runs.mockResolvedValueOnce(page([run]))
  const { list, queryClient } = await opened()
  api.runs.mockRejectedValue(new ApiProblem(503, 'Unavailable', 'The database is away.', null))
  await queryClient.refetchQueries({ queryKey: ['runs'] })
  await flushPromises()
  expect(list()).toContain('node-1')
  expect(list()).not.toContain('The database is away.')
})

test('what was heard of the hosts of a task is forgotten with its page', async () => {
  api.runs.mockResolvedValue(page([run]))
  const { shown } = await opened()
  const store = useTaskStore()
  store.mergeRun(run as Run)
  shown.unmount()
  expect(store.currentRun({ ...run, state: 'succeeded' } as Run).state).toBe('succeeded')
})

test('hosts that come into the state that is looked at are asked for', async () => {
  api.runs.mockResolvedValue(page([]))
  const { list } = await opened('/?state=failed')
  vi.useFakeTimers()
  api.runs.mockResolvedValue(page([{ ...run, state: 'failed' }]))
  useTaskStore().mergeTask({ ...task, counts: { ...none, running: 0, failed: 1 } } as unknown as Task)
  await flushPromises()
  await vi.advanceTimersByTimeAsync(1100)
  vi.useRealTimers()
  await flushPromises()
  expect(list()).toContain('node-1')
})

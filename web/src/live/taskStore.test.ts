import { createPinia, setActivePinia } from 'pinia'
import { expect, test } from 'vitest'
import type { Run, Task } from '@/api/types'
import { useTaskStore } from './taskStore'

const run = (id: string, taskId: string, state: Run['state']) => ({ id, taskId, state }) as Run

test('what was heard of a task before nobody listened to it no longer wins over what is fetched', () => {
  setActivePinia(createPinia())
  const store = useTaskStore()
  store.mergeRun(run('a', 'left', 'running'))
  store.mergeRun(run('b', 'stayed', 'running'))
  store.forgetRuns('left')
  expect(store.currentRun(run('a', 'left', 'succeeded')).state).toBe('succeeded')
  expect(store.currentRun(run('b', 'stayed', 'pending')).state).toBe('running')
})

test('what was fetched whole stays whole, whatever the feed tells of its beginning', () => {
  setActivePinia(createPinia())
  const store = useTaskStore()
  const target: Task['target'] = { agents: ['1', '2', '3'] }
  const fetched = {
    id: 'a',
    state: 'pending',
    script: 'line one\nline two',
    stdin: 'all of it',
    args: ['1', '2'],
    env: { A: '1' },
    target,
  } as unknown as Task
  store.mergeTask({
    ...fetched,
    state: 'running',
    script: 'line one',
    stdin: 'all',
    args: [],
    env: {},
    target: { agents: ['1'] },
    abridged: true,
  })
  expect(store.current(fetched)).toEqual({ ...fetched, state: 'running' })
})

test('of thousands of tasks those that are at work and the newest others are remembered', () => {
  setActivePinia(createPinia())
  const store = useTaskStore()
  const told = (n: number, finishedAt: string | null) =>
    store.mergeTask({ id: `t${n}`, createdAt: new Date(n * 1000).toISOString(), finishedAt } as Task)
  told(0, null)
  for (let n = 1; n <= 5000; n++) told(n, '2026-11-30T00:00:00Z')
  expect(store.tasks.size).toBeLessThanOrEqual(1000)
  expect([store.tasks.has('t0'), store.tasks.has('t1'), store.tasks.has('t4999')]).toEqual([true, false, true])
})

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

test('a script stays as it was fetched whole, whatever the feed tells of its beginning', () => {
  setActivePinia(createPinia())
  const store = useTaskStore()
  const fetched = { id: 'a', state: 'pending', script: 'line one\nline two', stdin: 'all of it' } as Task
  store.mergeTask({ ...fetched, state: 'running', script: 'line one', stdin: 'all' })
  expect(store.current(fetched)).toEqual({ ...fetched, state: 'running' })
})

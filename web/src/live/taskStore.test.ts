import { createPinia, setActivePinia } from 'pinia'
import { expect, test } from 'vitest'
import type { Run } from '@/api/types'
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

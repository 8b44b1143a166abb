import { effectScope, nextTick, shallowRef } from 'vue'
import { afterEach, expect, test, vi } from 'vitest'
import type { Run } from '@/api/types'
import { useOutput } from './useOutput'

interface Observer {
  next: (chunk: unknown) => void
  complete: () => void
  error: (reason: unknown) => void
}
const streams: Observer[] = []
vi.mock('@/live/connection', () => ({
  liveState: { epoch: 0 },
  connectedHub: () => ({
    stream: () => ({ subscribe: (observer: Observer) => (streams.push(observer), { dispose: () => undefined }) }),
  }),
}))
afterEach(() => {
  streams.length = 0
  vi.useRealTimers()
})

const first = { id: 'run', taskId: 'task', agentId: 'agent', state: 'running' as Run['state'] }

function start(run = shallowRef(first)) {
  const feed = effectScope().run(() => useOutput(run))
  if (!feed) throw new Error('the scope is over')
  return feed
}

test('output that was removed is told apart from a broken feed, and not asked for again', async () => {
  vi.useFakeTimers()
  const { expired, broken } = start()
  streams[0]?.error(new Error('An error occurred on the server. HubException: output.expired: What the run wrote has been removed.'))
  await nextTick()
  vi.advanceTimersByTime(60_000)
  expect([expired.value, broken.value, streams.length]).toEqual([true, false, 1])
})

test('a broken feed is taken up again', () => {
  vi.useFakeTimers()
  const { expired, broken } = start()
  streams[0]?.error(new Error('The connection was lost.'))
  expect([expired.value, broken.value]).toEqual([false, true])
  vi.advanceTimersByTime(2000)
  expect(streams.length).toBe(2)
})

test('nothing written is complete, not expired', () => {
  const { expired, complete, output } = start()
  streams[0]?.complete()
  expect([expired.value, complete.value, output.value.lines.length]).toEqual([false, true, 0])
})

test('another attempt on the same host begins anew', async () => {
  const run = shallowRef(first)
  const { output, complete } = start(run)
  const before = output.value
  streams[0]?.complete()
  run.value = { ...first, id: 'second', state: 'pending' }
  await nextTick()
  expect([streams.length, complete.value, output.value === before]).toEqual([2, false, false])
})

test('a run that was given up for lost goes on where it stopped when it is heard of again', async () => {
  const run = shallowRef({ ...first, state: 'lost' as Run['state'] })
  const { output } = start(run)
  const before = output.value
  streams[0]?.complete()
  run.value = first
  await nextTick()
  expect([streams.length, output.value === before]).toEqual([2, true])
})

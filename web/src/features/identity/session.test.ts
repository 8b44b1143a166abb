import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { me, onSessionEnd, resume, signOut } from './session'

const api = vi.hoisted(() => ({ me: vi.fn(), logout: vi.fn() }))
const signedOut = vi.hoisted(() => vi.fn())
const live = vi.hoisted(() => ({ startLive: vi.fn(), stopLive: vi.fn() }))
vi.mock('@/api/client', () => ({ api, whenSignedOut: signedOut }))
vi.mock('@/live/connection', () => live)

const problem = (status: number) => new ApiProblem(status, String(status), null, null)
const left = vi.fn()
/** What the session does when the center refuses an answer to nobody. */
const refused = signedOut.mock.calls[0]?.[0] as () => void

beforeEach(() => {
  vi.useFakeTimers()
  live.startLive.mockReset()
  setActivePinia(createPinia())
  left.mockReset()
  onSessionEnd(left)
  me.value = undefined
  api.me.mockReset().mockResolvedValue({ username: 'ada', role: 'admin' })
  api.logout.mockReset().mockResolvedValue(undefined)
})
afterEach(() => vi.useRealTimers())

test('a sign-out that the center did not do leaves one signed in, and says so', async () => {
  await resume()
  api.logout.mockRejectedValue(problem(503))
  await expect(signOut()).rejects.toThrow('503')
  expect([me.value?.username, left.mock.calls.length]).toEqual(['ada', 0])
})

test('a sign-out after the session had ended is one', async () => {
  await resume()
  api.logout.mockRejectedValue(problem(401))
  await signOut()
  expect([me.value, left.mock.calls.length]).toEqual([null, 1])
})

test('a center that was away at first is asked again, and its page then lives', async () => {
  api.me.mockRejectedValueOnce(problem(502)).mockRejectedValueOnce(problem(503))
  await expect(resume()).rejects.toThrow('502')
  expect([me.value, live.startLive.mock.calls.length]).toEqual([undefined, 0])
  await vi.advanceTimersByTimeAsync(5000)
  expect([me.value?.username, live.startLive.mock.calls.length, left.mock.calls.length]).toEqual(['ada', 1, 0])
})

test('a center that was away at first and knows nobody leads to the sign-in page', async () => {
  api.me.mockRejectedValueOnce(problem(502)).mockRejectedValueOnce(problem(401))
  await expect(resume()).rejects.toThrow('502')
  await vi.advanceTimersByTimeAsync(5000)
  expect([me.value, left.mock.calls.length]).toEqual([null, 1])
})

test('an answer refused to nobody, while it is not known who this is, leads to the sign-in page', () => {
  refused()
  refused()
  expect([me.value, left.mock.calls.length]).toEqual([null, 1])
})

import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { me, onSessionEnd, resume, signOut } from './session'

const api = vi.hoisted(() => ({ me: vi.fn(), logout: vi.fn() }))
vi.mock('@/api/client', () => ({ api, whenSignedOut: vi.fn() }))
vi.mock('@/live/connection', () => ({ startLive: vi.fn(), stopLive: vi.fn() }))

const problem = (status: number) => new ApiProblem(status, String(status), null, null)
const left = vi.fn()

beforeEach(async () => {
  setActivePinia(createPinia())
  left.mockReset()
  onSessionEnd(left)
  me.value = undefined
  api.me.mockReset().mockResolvedValue({ username: 'ada', role: 'admin' })
  api.logout.mockReset().mockResolvedValue(undefined)
})

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

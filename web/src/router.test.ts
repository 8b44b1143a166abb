import { expect, it, vi } from 'vitest'
import type { Role } from './api/types'
import { me } from './features/identity/session'
import { router, safeNext } from './router'

// The pages themselves are long in coming.
vi.mock('./ui/shell/load', () => ({ loadShell: vi.fn() }))
const page = vi.hoisted(() => () => ({ default: { render: () => null } }))
vi.mock('./features/overview/OverviewPage.vue', page)
vi.mock('./features/system/SettingsPage.vue', page)
vi.mock('./features/identity/EnrollTokens.vue', page)
vi.mock('./features/identity/MyPassword.vue', page)

it.each([
  ['/agents?status=online', '/agents?status=online'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  [undefined, '/'],
])('after signing in, %s leads to %s', (next, path) => expect(safeNext(next)).toBe(path))

it.each<[Role, string]>([
  ['viewer', 'password'],
  ['operator', 'password'],
  ['admin', 'enrolment'],
])('the settings of a %s begin with %s', async (role, section) => {
  me.value = { username: 'ada', role, via: 'cookie' }
  await router.push('/')
  await router.push('/settings')
  expect(router.currentRoute.value.name).toBe(section)
})

import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { i18n } from '@/i18n'
import NewUser from './NewUser.vue'

const opened = (create: () => Promise<never>) => mount(NewUser, { props: { create }, attachTo: document.body, global: { plugins: [i18n] } })
const submit = () => document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }))

afterEach(() => document.body.replaceChildren())

test('a form that is sent twice creates once', async () => {
  const create = vi.fn(() => new Promise<never>(() => undefined))
  opened(create)
  await flushPromises()
  submit()
  submit()
  expect(create).toHaveBeenCalledTimes(1)
})

test('a form that was refused says why, and can be sent again', async () => {
  const create = vi.fn(() => Promise.reject(new ApiProblem(409, 'Conflict', 'There is a user of that name.', null)))
  opened(create)
  await flushPromises()
  submit()
  await flushPromises()
  expect(document.querySelector('[role=alert]')?.textContent).toBe('There is a user of that name.')
  submit()
  expect(create).toHaveBeenCalledTimes(2)
})

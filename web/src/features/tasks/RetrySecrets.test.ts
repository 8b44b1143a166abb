import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'
import { i18n } from '@/i18n'
import RetrySecrets from './RetrySecrets.vue'

afterEach(() => document.body.replaceChildren())

const field = (name: string) => document.querySelector<HTMLInputElement>(`[data-testid="secret-${name}"]`)
const go = () => document.querySelector<HTMLButtonElement>('[data-testid="secrets-given"]')

async function type(name: string, value: string) {
  const input = field(name)
  if (!input) throw new Error(`no field for ${name}`)
  input.value = value
  input.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

test('a retry goes on when each of the secrets was given', async () => {
  const dialog = mount(RetrySecrets, {
    props: { open: true, names: ['TOKEN', 'KEY'] },
    attachTo: document.body,
    global: { plugins: [i18n] },
  })
  await flushPromises()
  expect(field('TOKEN')?.type).toBe('password')
  await type('TOKEN', 'one')
  expect(go()?.disabled).toBe(true)
  await type('KEY', 'two')
  go()?.click()
  expect(dialog.emitted('given')).toEqual([[{ TOKEN: 'one', KEY: 'two' }]])
})

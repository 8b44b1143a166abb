import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ApiToken } from '@/api/types'
import { i18n } from '@/i18n'
import NewApiToken from './NewApiToken.vue'

vi.mock('naive-ui', async (original) => ({ ...(await original<object>()), useMessage: () => ({ warning: vi.fn() }) }))

let copied: string[]

beforeEach(() => {
  copied = []
  document.execCommand = () => {
    const { activeElement } = document
    return activeElement instanceof HTMLTextAreaElement && copied.push(activeElement.value) > 0
  }
})
afterEach(() => document.body.replaceChildren())

async function made() {
  const create = () => Promise.resolve({ token: 'nrv_secret' } as ApiToken)
  // A stub in between would keep the dialog from knowing what is inside it.
  const global = { plugins: [i18n], stubs: { transition: false } }
  const dialog = mount(NewApiToken, { props: { create }, attachTo: document.body, global })
  await flushPromises()
  document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }))
  await flushPromises()
  return dialog
}

test('a secret is copied out of its dialog, over plain HTTP too', async () => {
  await made()
  const copy = document.querySelector<HTMLElement>('button[aria-label="Copy"]')
  copy?.focus()
  copy?.click()
  await flushPromises()
  expect(copied).toEqual(['nrv_secret'])
})

test('a click beside the dialog does not lose a secret', async () => {
  const dialog = await made()
  const beside = document.querySelector('.n-modal-scroll-content')
  for (const type of ['mousedown', 'mouseup', 'click']) beside?.dispatchEvent(new MouseEvent(type, { bubbles: true }))
  await flushPromises()
  expect(dialog.emitted('close')).toBeUndefined()
})

import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'
import Dialog from './Dialog.vue'

afterEach(() => document.body.replaceChildren())

async function shown(lasting: boolean) {
  const dialog = mount(Dialog, { props: { title: 'New user', open: true, lasting }, attachTo: document.body })
  await flushPromises()
  return dialog
}

async function opened(lasting: boolean) {
  const dialog = await shown(lasting)
  const beside = document.querySelector('.n-modal-scroll-content') ?? document.body
  for (const type of ['mousedown', 'mouseup', 'click']) beside.dispatchEvent(new MouseEvent(type, { bubbles: true }))
  await flushPromises()
  return dialog
}

test('a dialog has its title for a name', async () => {
  await opened(true)
  expect(document.querySelector('[role=dialog]')?.getAttribute('aria-label')).toBe('New user')
})

test.each([
  ['a dialog closes', false, [[false]]],
  ['one that is lasting stays', true, undefined],
])('at a click beside it %s', async (_, lasting, said) => {
  expect((await opened(lasting)).emitted('update:open')).toEqual(said)
})

test.each([
  ['a dialog closes', false, [[false]]],
  ['one that is lasting stays', true, undefined],
])('at Escape %s', async (_, lasting, said) => {
  const dialog = await shown(lasting)
  document.querySelector('[role=dialog]')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true }))
  await flushPromises()
  expect(dialog.emitted('update:open')).toEqual(said)
})

import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { i18n } from '@/i18n'
import CopyButton from './CopyButton.vue'

const warning = vi.hoisted(() => vi.fn())
vi.mock('naive-ui', async (original) => ({ ...(await original<object>()), useMessage: () => ({ warning }) }))

/** What lies selected when the browser is asked to copy; nothing while something else has the focus. */
let copied: string[]
let browserCopies = true

beforeEach(() => {
  copied = []
  browserCopies = true
  warning.mockReset()
  document.execCommand = () => {
    const { activeElement } = document
    if (browserCopies) copied.push(activeElement instanceof HTMLTextAreaElement ? activeElement.value : '')
    return browserCopies
  }
})
afterEach(() => document.body.replaceChildren())

/** A dialog as naive-ui makes it: whatever gets the focus outside of it loses it again. */
function dialog(): HTMLElement {
  const box = document.body.appendChild(document.createElement('div'))
  box.setAttribute('role', 'dialog')
  document.body.addEventListener('focusin', ({ target }) => {
    if (box.isConnected && !box.contains(target as Node)) box.querySelector('button')?.focus()
  })
  return box
}

async function click(attachTo: HTMLElement, shown?: Element) {
  const button = mount(CopyButton, { props: { text: 'nrv_secret', shown }, attachTo, global: { plugins: [i18n] } })
  button.element.focus()
  await button.trigger('click')
  await flushPromises()
  return button
}

test('copies out of a dialog, which keeps the focus in itself', async () => {
  const button = await click(dialog())
  expect([copied, button.text().includes('Copied'), warning.mock.calls]).toEqual([['nrv_secret'], true, []])
  expect(document.activeElement).toBe(button.element)
})

test('says that nothing was copied, and selects the text, where the browser does not copy', async () => {
  browserCopies = false
  const shown = document.body.appendChild(document.createElement('pre'))
  shown.textContent = 'nrv_secret'
  const button = await click(document.body, shown)
  expect([button.text().includes('Copied'), warning.mock.calls.length]).toEqual([false, 1])
  expect(String(window.getSelection())).toBe('nrv_secret')
})

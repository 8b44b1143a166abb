import { effectScope } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import { useShortcut } from './useShortcuts'

const press = (key: string, target: EventTarget = document.body, more: KeyboardEventInit = {}) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }))

const scope = effectScope()
afterEach(() => document.body.replaceChildren())

it('runs a two-key shortcut, and not in the middle of typing', () => {
  const go = vi.fn()
  scope.run(() => useShortcut('g a', go))
  press('g')
  press('a')
  expect(go).toHaveBeenCalledTimes(1)

  const input = document.body.appendChild(document.createElement('input'))
  press('g', input)
  press('a', input)
  expect(go).toHaveBeenCalledTimes(1)
})

it('reaches the palette from inside a field', () => {
  const open = vi.fn()
  scope.run(() => useShortcut('mod+k', open))
  press('k', document.body.appendChild(document.createElement('input')), { ctrlKey: true })
  expect(open).toHaveBeenCalledTimes(1)
})

it('forgets a shortcut with the component that had it', () => {
  const act = vi.fn()
  const short = effectScope()
  short.run(() => useShortcut('x', act))
  short.stop()
  press('x')
  expect(act).not.toHaveBeenCalled()
})

it('leaves what lies under a dialog as it is', () => {
  const go = vi.fn()
  scope.run(() => useShortcut('g t', go))
  const dialog = document.body.appendChild(document.createElement('div'))
  dialog.setAttribute('role', 'dialog')
  const button = dialog.appendChild(document.createElement('button'))
  press('g', button)
  press('t', button)
  expect(go).not.toHaveBeenCalled()
  dialog.remove()
  press('g')
  press('t')
  expect(go).toHaveBeenCalledTimes(1)
})

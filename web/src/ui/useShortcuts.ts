import { onScopeDispose } from 'vue'

type Action = () => void

const actions = new Map<string, Action[]>()
let prefix = ''
let prefixTimer: ReturnType<typeof setTimeout> | undefined

function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null
  return !!element?.closest?.('input, textarea, select, [contenteditable="true"], .n-base-selection')
}

/** Keys are for what a dialog asks, while there is one: what lies under it stays. */
const asked = (): boolean => document.querySelector('[role="dialog"]') !== null

/** The name of a key press: `mod+k`, `?`, `g a` (after `g`), … */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>, after = ''): string {
  if (event.altKey) return ''
  if (event.ctrlKey || event.metaKey) return `mod+${event.key.toLowerCase()}`
  return after ? `${after} ${event.key.toLowerCase()}` : event.key
}

function onKey(event: KeyboardEvent): void {
  const name = keyName(event, prefix)
  prefix = ''
  clearTimeout(prefixTimer)
  if (asked() || (typing(event.target) && !name.startsWith('mod+'))) return
  if (name === 'g') {
    prefix = 'g'
    prefixTimer = setTimeout(() => (prefix = ''), 1200)
    return
  }
  const action = actions.get(name)?.at(-1)
  if (!action) return
  event.preventDefault()
  action()
}

window.addEventListener('keydown', onKey)

/** While the calling component lives, `key` runs `action`; the latest one wins. */
export function useShortcut(key: string, action: Action): void {
  const list = actions.get(key) ?? []
  actions.set(key, list)
  list.push(action)
  onScopeDispose(() => list.splice(list.indexOf(action), 1))
}

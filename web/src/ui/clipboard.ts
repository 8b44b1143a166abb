/**
 * Copies text, and says whether it did: over plain HTTP, where browsers have no clipboard interface, by way of a selection.
 * `near` is what was clicked: a dialog takes the focus back from everything outside it, and without the focus nothing is copied.
 */
export async function copyText(text: string, near: Element | null = document.activeElement): Promise<boolean> {
  if (navigator.clipboard && window.isSecureContext)
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.readOnly = true
  area.style.position = 'fixed'
  area.style.opacity = '0'
  ;(near?.closest('[role=dialog]') ?? document.body).append(area)
  area.focus()
  area.select()
  const copied = document.activeElement === area && document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  return copied
}

/** Selects what stands in an element, for people to copy it themselves. */
export function selectText(element: Element): void {
  const range = document.createRange()
  range.selectNodeContents(element)
  const selection = window.getSelection()
  selection?.removeAllRanges()
  selection?.addRange(range)
}

/** A text cut where the needle occurs, whatever its case. */
export function cut(text: string, needle: string): { text: string; hit: boolean }[] {
  if (!needle) return [{ text, hit: false }]
  const parts: { text: string; hit: boolean }[] = []
  const lower = text.toLowerCase()
  const wanted = needle.toLowerCase()
  let from = 0
  for (let found = lower.indexOf(wanted); found >= 0; found = lower.indexOf(wanted, from)) {
    if (found > from) parts.push({ text: text.slice(from, found), hit: false })
    parts.push({ text: text.slice(found, found + needle.length), hit: true })
    from = found + needle.length
  }
  return [...parts, { text: text.slice(from), hit: false }]
}

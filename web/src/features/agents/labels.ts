export type LabelFault = { kind: 'bad'; line: number } | { kind: 'twice'; key: string }

/** Lines of `key=value`, as in the label editor and the environment of a task. */
export function parsePairs(text: string): { pairs: Record<string, string>; fault: LabelFault | null } {
  const pairs: Record<string, string> = {}
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '') continue
    const equals = line.indexOf('=')
    const key = line.slice(0, Math.max(equals, 0)).trim()
    if (key === '') return { pairs, fault: { kind: 'bad', line: index + 1 } }
    if (key in pairs) return { pairs, fault: { kind: 'twice', key } }
    pairs[key] = line.slice(equals + 1).trim()
  }
  return { pairs, fault: null }
}

export function formatPairs(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')
}

/** Which two moments are compared. Null is the last change: the newest inventory against the one before. */
export type Choice = { span: Span } | { from: string; to: string | null } | null

const hour = 3_600_000
export const spans = { '24h': 24 * hour, '7d': 7 * 24 * hour, '30d': 30 * 24 * hour } as const
export type Span = keyof typeof spans
export const spanNames = Object.keys(spans) as Span[]

/** From the address: `7d`, `FROM..TO`, or `FROM..` for "until now". What cannot be read is no choice. */
export function parseChoice(text: string): Choice {
  const span = spanNames.find((name) => name === text)
  if (span) return { span }
  const [from = '', to = ''] = text.split('..')
  if (!text.includes('..') || Number.isNaN(Date.parse(from)) || (to !== '' && Number.isNaN(Date.parse(to)))) return null
  return { from, to: to || null }
}

export function formatChoice(choice: Choice): string {
  if (choice === null) return ''
  return 'span' in choice ? choice.span : `${choice.from}..${choice.to ?? ''}`
}

/**
 * What to ask the center for. A span longer than the history begins with the history.
 * @param begin The first moment of the history, where it is known.
 */
export function questionFor(choice: Choice, now: number, begin?: string): { from?: string; to?: string } {
  if (choice === null) return {}
  if ('from' in choice) return choice.to === null ? { from: choice.from } : { from: choice.from, to: choice.to }
  const from = now - spans[choice.span]
  return { from: new Date(begin ? Math.max(from, Date.parse(begin)) : from).toISOString() }
}

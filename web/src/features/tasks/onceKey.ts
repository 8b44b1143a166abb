/** Names one doing, so that the center does it once however often it is asked. Random numbers are there over plain HTTP too, UUIDs are not. */
export const newKey = (): string => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('')

/** The same key as long as the same is asked: an answer that was lost on its way, or that nobody knows, may be asked for again. */
export function keysByRequest(): (request: unknown) => string {
  let last: { text: string; key: string } | undefined
  return (request) => {
    const text = JSON.stringify(request)
    if (last?.text !== text) last = { text, key: newKey() }
    return last.key
  }
}

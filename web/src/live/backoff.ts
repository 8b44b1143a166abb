const first = 1000
const longest = 30_000

/** Milliseconds before attempt number `attempt` (from 0): 1 s doubling to 30 s, spread over the upper half by `random`. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(attempt, 10))
  return Math.max(first, full / 2 + (full / 2) * random)
}

import { setTimeout as pause } from 'node:timers/promises'

export const limit = 90_000

/** Waits for what must come to pass, generously. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + limit
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Not within ${limit / 1000} s: ${what}`)
    await pause(100)
  }
}

import type { SystemStatus } from '@/api/types'
import { ApiProblem } from '@/api/problem'

/** What an operator must know on every page. */
export interface Trouble {
  /** For the words of the page's language; null where only the center has words. */
  code: string | null
  /** The center's words. */
  reason: string
}

const told = ['store', 'nodes']

export const troublesOf = ({ problems }: Pick<SystemStatus, 'problems'>): Trouble[] =>
  problems.filter(({ source }) => told.includes(source)).map(({ code, reason }) => ({ code: code ?? null, reason }))

/** A center without its database cannot even say how it is: its refusal says it. */
export const troubleOfRefusal = (error: unknown): Trouble[] =>
  error instanceof ApiProblem && error.code?.startsWith('store.') ? [{ code: error.code, reason: error.text }] : []

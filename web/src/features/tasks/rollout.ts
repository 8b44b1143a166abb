import type { Batch, RolloutStatus } from '@/api/types'
import { badOf } from './progress'

/** Hosts begin, or will by themselves. */
export const isMoving = ({ phase }: Pick<RolloutStatus, 'phase'>): boolean =>
  ['running', 'soaking', 'pausing', 'confirming'].includes(phase)

/** A person can let it go on, or begin the next batch now. */
export const isHalted = ({ phase }: Pick<RolloutStatus, 'phase'>): boolean => ['pausing', 'confirming', 'paused'].includes(phase)

/** Why it begins nothing more, beyond the failures that are counted beside it. */
export function haltOf({
  phase,
  haltedBy,
  failures,
  failuresAllowed,
}: Pick<RolloutStatus, 'phase' | 'haltedBy' | 'failures' | 'failuresAllowed'>): 'pausedBy' | 'cancelledBy' | 'expired' | null {
  if (phase === 'paused') return haltedBy ? 'pausedBy' : null
  if (phase !== 'stopped') return null
  if (haltedBy) return 'cancelledBy'
  return failures > failuresAllowed ? null : 'expired'
}

/** As many are shown at once. */
export const mostBatches = 100

/** The first of those that are shown: the one it is at is never near an edge, and they move on by fifty, not by each. */
export const batchesAround = (batch: number): number => Math.max(1, Math.floor((batch - 26) / 50) * 50 + 1)

/** How a batch is drawn: what went wrong first, then where the rollout is, then what is done. */
export function batchTone(
  { batch, hosts, counts }: Batch,
  rollout: Pick<RolloutStatus, 'phase' | 'batch'>,
): 'wrong' | 'now' | 'done' | 'later' {
  if (badOf(counts) > 0) return 'wrong'
  if (batch === rollout.batch && !['finished', 'stopped'].includes(rollout.phase)) return 'now'
  return counts.succeeded === hosts ? 'done' : 'later'
}

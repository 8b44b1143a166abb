import { describe, expect, it } from 'vitest'
import type { Batch, RolloutStatus } from '@/api/types'
import { batchesAround, batchTone, haltOf, isHalted, isMoving, mostBatches } from './rollout'
import { blankForm, formOf, rolloutOf, toTask } from './runForm'
import type { Task } from '@/api/types'

const none = { waiting: 0, pending: 0, running: 0, succeeded: 0, failed: 0, timedOut: 0, cancelled: 0, expired: 0, lost: 0, refused: 0 }
const batch = (number: number, counts: Partial<Batch['counts']>): Batch => ({ batch: number, hosts: 2, counts: { ...none, ...counts } })
const at = (phase: RolloutStatus['phase'], number: number) => ({ phase, batch: number })

describe('a batch', () => {
  it.each([
    [batch(1, { succeeded: 2 }), at('running', 2), 'done'],
    [batch(2, { running: 2 }), at('running', 2), 'now'],
    [batch(2, { running: 1, lost: 1 }), at('running', 2), 'wrong'],
    [batch(2, { refused: 1, running: 1 }), at('running', 2), 'wrong'],
    [batch(3, { waiting: 2 }), at('running', 2), 'later'],
    [batch(3, { cancelled: 2 }), at('stopped', 3), 'later'],
    [batch(3, { succeeded: 2 }), at('finished', 3), 'done'],
  ] as const)('is drawn as it stands', (one, rollout, tone) => expect(batchTone(one, rollout)).toBe(tone))
})

describe('of thousands of batches', () => {
  it.each([1, 2, 25, 26, 75, 76, 125, 126, 5999])('those around batch %i are shown', (at) => {
    const first = batchesAround(at)
    expect(first).toBeGreaterThanOrEqual(1)
    expect(Math.min(at - 1, 25)).toBeLessThanOrEqual(at - first)
    expect(first + mostBatches - 1 - at).toBeGreaterThanOrEqual(24)
  })
})

describe('a halt', () => {
  it.each([
    ['paused', 'ada', 0, 'pausedBy'],
    ['paused', null, 3, null],
    ['stopped', 'ada', 3, 'cancelledBy'],
    ['stopped', null, 3, null],
    ['stopped', null, 1, 'expired'],
    ['running', null, 1, null],
    ['finished', null, 1, null],
  ] as const)('of phase %s by %s with %i failures of 1 is named', (phase, haltedBy, failures, why) =>
    expect(haltOf({ phase, haltedBy, failures, failuresAllowed: 1 })).toBe(why),
  )
})

describe('a person', () => {
  it.each([
    ['running', true, false],
    ['confirming', true, true],
    ['paused', false, true],
    ['stopped', false, false],
    ['finished', false, false],
  ] as const)('may do what makes sense while it is %s', (phase, pause, resume) =>
    expect([isMoving({ phase }), isHalted({ phase })]).toEqual([pause, resume]),
  )
})

describe('the form', () => {
  const form = { ...blankForm(['a']), line: 'true' }
  form.rollout = { ...form.rollout, inBatches: true, batches: ' 1, *2 ', maxFailures: '5%', onFailures: 'pause', soakSeconds: 60 }

  it('sends a rollout as it is written', () =>
    expect(toTask(form).rollout).toEqual({
      batches: '1, *2',
      maxFailures: '5%',
      onFailures: 'pause',
      confirm: false,
      pauseSeconds: 0,
      soakSeconds: 60,
    }))
  it('sends none for all at once', () => {
    expect(rolloutOf(blankForm())).toBeNull()
    expect('rollout' in toTask({ ...blankForm(['a']), line: 'true' })).toBe(false)
  })
  it('comes back from its task', () => {
    const task = { kind: 'command', args: [], target: { all: true }, rollout: { spec: rolloutOf(form) } } as unknown as Task
    expect(rolloutOf(formOf(task))).toEqual(rolloutOf(form))
  })
})

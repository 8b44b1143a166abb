import type { Run, RunState, Task } from '@/api/types'

export const runStates: readonly RunState[] = [
  'running',
  'pending',
  'waiting',
  'failed',
  'timedOut',
  'lost',
  'refused',
  'expired',
  'cancelled',
  'succeeded',
]

const count = (task: Task, state: RunState): number => task.counts?.[state] ?? 0

export const hostsOf = (task: Task): number => runStates.reduce((sum, state) => sum + count(task, state), 0)

export const doneOf = (task: Task): number => hostsOf(task) - count(task, 'waiting') - count(task, 'pending') - count(task, 'running')

/** Runs that did not do what was asked for, though their hosts were there. */
export const badOf = (counts: Task['counts']): number => counts.failed + counts.timedOut + counts.lost + counts.refused

export const isOver = (task: Pick<Task, 'state'>): boolean => task.state !== 'pending' && task.state !== 'running'

export const isRunOver = ({ state }: Pick<Run, 'state'>): boolean => !['waiting', 'pending', 'running'].includes(state)

export const tookOf = (task: Task, now: number): number =>
  (task.finishedAt ? Date.parse(task.finishedAt) : now) - Date.parse(task.createdAt)

/** "5,987 succeeded · 13 failed" in the reader's language. */
export const stateWords = (task: Task, t: (key: string) => string): string =>
  runStates
    .filter((state) => count(task, state))
    .map((state) => `${count(task, state)} ${t(`state.${state}`)}`)
    .join(' · ')

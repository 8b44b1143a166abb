import { reactive } from 'vue'
import type { NewTask, RetrySpec, RolloutSpec, RunLimits, Task, TaskTarget } from '@/api/types'
import { formatPairs, parsePairs } from '@/features/agents/labels'
import { formatArgv, parseArgv } from './argv'

/** How the hosts are named: one by one, by a selector over labels and facts, by their cluster, or all of them. */
export const targetKinds = ['these', 'labels', 'cluster', 'all'] as const
export type TargetKind = (typeof targetKinds)[number]

/** Chosen hosts that are shown one by one; how many of more are away is a question for the center. */
export const mostNamed = 24

/** How it goes over its hosts; while `inBatches` is off, to all at once. */
export interface RolloutForm {
  inBatches: boolean
  batches: string
  maxParallel: number | null
  maxFailures: string
  onFailures: NonNullable<RolloutSpec['onFailures']>
  confirm: boolean
  /** Null while the field is empty. */
  pauseSeconds: number | null
  soakSeconds: number | null
}

/** What a run may use of its host; null while a field is empty, and then it is not limited. */
export interface LimitsForm {
  cpuPercent: number | null
  memoryMebibytes: number | null
  processes: number | null
}

/** What is tried again on its host: exit codes as text, `75, 111`; empty for nothing. */
export interface RetriesForm {
  exitCodes: string
  count: number | null
  delaySeconds: number | null
}

export interface RunForm {
  target: TargetKind
  agents: string[]
  selector: string
  cluster: string | null
  kind: 'command' | 'script'
  line: string
  script: string
  interpreter: string
  scriptArgs: string
  rollout: RolloutForm
  name: string
  timeoutSeconds: number
  expiresAfterSeconds: number
  user: string
  workingDirectory: string
  env: string
  stdin: string
  limits: LimitsForm
  /** As `env`; nobody reads them back. */
  secrets: string
  retries: RetriesForm
  /** As the task had it that is run again; null for the center's own limit. */
  outputLimitBytes: number | null
}

export const blankRollout = (): RolloutForm => ({
  inBatches: false,
  batches: '1, 10%',
  maxParallel: null,
  maxFailures: '0',
  onFailures: 'stop',
  confirm: false,
  pauseSeconds: 0,
  soakSeconds: 0,
})

const blankLimits = (): LimitsForm => ({ cpuPercent: null, memoryMebibytes: null, processes: null })

const blankRetries = (): RetriesForm => ({ exitCodes: '', count: 3, delaySeconds: 30 })

export const blankForm = (agents: string[] = []): RunForm => ({
  target: 'these',
  agents,
  selector: '',
  cluster: null,
  kind: 'command',
  line: '',
  script: '',
  interpreter: '',
  scriptArgs: '',
  rollout: blankRollout(),
  name: '',
  timeoutSeconds: 300,
  expiresAfterSeconds: 3600,
  user: '',
  workingDirectory: '',
  env: '',
  stdin: '',
  limits: blankLimits(),
  secrets: '',
  retries: blankRetries(),
  outputLimitBytes: null,
})

export const newForm = (agents?: string[]) => reactive(blankForm(agents))

/** The form that would send this task again. */
export function formOf(task: Task): RunForm {
  return {
    ...blankForm(task.target.agents ?? []),
    target: task.target.all ? 'all' : task.target.selector ? 'labels' : task.target.cluster ? 'cluster' : 'these',
    selector: task.target.selector ?? '',
    cluster: task.target.cluster ?? null,
    kind: task.kind === 'script' ? 'script' : 'command',
    line: task.kind === 'command' ? formatArgv([task.command ?? '', ...task.args]) : '',
    script: task.script ?? '',
    interpreter: task.interpreter ?? '',
    scriptArgs: task.kind === 'script' ? formatArgv(task.args) : '',
    rollout: task.rollout ? rolloutFormOf(task.rollout.spec) : blankRollout(),
    name: task.name ?? '',
    timeoutSeconds: task.timeoutSeconds,
    expiresAfterSeconds: task.expiresAfterSeconds,
    user: task.user ?? '',
    workingDirectory: task.workingDirectory ?? '',
    env: formatPairs(task.env ?? {}),
    stdin: task.stdin ?? '',
    limits: task.limits ? limitsFormOf(task.limits) : blankLimits(),
    // Their values are to be given again.
    secrets: (task.secrets ?? []).map((name) => `${name}=`).join('\n'),
    retries: task.retries ? { ...task.retries, exitCodes: task.retries.exitCodes.join(', ') } : blankRetries(),
    outputLimitBytes: task.outputLimitBytes ?? null,
  }
}

const mebibyte = 1024 * 1024

const limitsFormOf = ({ cpuPercent, memoryBytes, processes }: RunLimits): LimitsForm => ({
  cpuPercent: cpuPercent ?? null,
  memoryMebibytes: memoryBytes == null ? null : memoryBytes / mebibyte,
  processes: processes ?? null,
})

const rolloutFormOf = (spec: RolloutSpec): RolloutForm => ({
  ...blankRollout(),
  ...spec,
  inBatches: true,
  batches: spec.batches ?? '',
  maxParallel: spec.maxParallel ?? null,
  maxFailures: spec.maxFailures ?? '0',
})

export const isAdvanced = (form: RunForm): boolean =>
  !!(form.name || form.user || form.workingDirectory || form.env || form.stdin) ||
  form.timeoutSeconds !== 300 ||
  form.expiresAfterSeconds !== 3600 ||
  form.secrets !== '' ||
  form.retries.exitCodes !== '' ||
  limitsOf(form) !== null

export function isReady(form: RunForm): boolean {
  const line = parseArgv(form.kind === 'command' ? form.line : form.scriptArgs)
  const what = form.kind === 'command' ? !!line.words[0] : form.script.trim() !== ''
  return (
    targetOf(form) !== null &&
    what &&
    line.fault === null &&
    parsePairs(form.env).fault === null &&
    secretsFault(form) === null &&
    retriesOf(form) !== undefined
  )
}

/** The target as the center takes it; null while nothing is chosen. */
export function targetOf(form: RunForm): TaskTarget | null {
  switch (form.target) {
    case 'all':
      return { all: true }
    case 'labels':
      return form.selector.trim() ? { selector: form.selector.trim() } : null
    case 'cluster':
      return form.cluster ? { cluster: form.cluster } : null
    case 'these':
      return form.agents.length ? { agents: form.agents } : null
  }
}

/** As the center takes it; null for all at once. */
export function rolloutOf({ rollout }: RunForm): RolloutSpec | null {
  if (!rollout.inBatches) return null
  const { onFailures, confirm, pauseSeconds, soakSeconds } = rollout
  return {
    onFailures,
    confirm,
    pauseSeconds: pauseSeconds ?? 0,
    soakSeconds: soakSeconds ?? 0,
    ...optional('batches', rollout.batches.trim()),
    ...optional('maxFailures', rollout.maxFailures.trim()),
    ...(rollout.maxParallel ? { maxParallel: rollout.maxParallel } : {}),
  }
}

/** What is wrong with the secrets: a line that is no pair, a name twice, or one without its value. */
export function secretsFault({ secrets }: RunForm) {
  const { pairs, fault } = parsePairs(secrets)
  const empty = Object.keys(pairs).find((name) => !pairs[name])
  return fault ?? (empty ? ({ kind: 'empty', key: empty } as const) : null)
}

/** As the center takes it; null for none, undefined while the exit codes are no numbers from 1 to 255. */
export function retriesOf({ retries }: RunForm): RetrySpec | null | undefined {
  const words = retries.exitCodes.split(/[\s,，]+/).filter(Boolean)
  if (!words.length) return null
  const exitCodes = words.map(Number)
  const right = exitCodes.every((code) => Number.isInteger(code) && code >= 1 && code <= 255)
  return right ? { count: retries.count ?? 1, exitCodes, delaySeconds: retries.delaySeconds ?? 0 } : undefined
}

/** As the center takes them; null for none. */
export function limitsOf({ limits }: RunForm): Partial<RunLimits> | null {
  const given = {
    ...(limits.cpuPercent ? { cpuPercent: limits.cpuPercent } : {}),
    ...(limits.memoryMebibytes ? { memoryBytes: Math.round(limits.memoryMebibytes * mebibyte) } : {}),
    ...(limits.processes ? { processes: limits.processes } : {}),
  }
  return Object.keys(given).length ? given : null
}

/** What is sent: only what was filled in. */
export function toTask(form: RunForm): NewTask {
  const words = parseArgv(form.kind === 'command' ? form.line : form.scriptArgs).words
  const env = parsePairs(form.env).pairs
  const secrets = parsePairs(form.secrets).pairs
  const retries = retriesOf(form)
  return {
    kind: form.kind,
    ...(form.kind === 'command'
      ? { command: words[0] ?? '', args: words.slice(1) }
      : { script: form.script, args: words, ...optional('interpreter', form.interpreter) }),
    target: targetOf(form) ?? { agents: [] },
    ...(form.rollout.inBatches ? { rollout: rolloutOf(form) } : {}),
    timeoutSeconds: form.timeoutSeconds,
    expiresAfterSeconds: form.expiresAfterSeconds,
    ...optional('name', form.name.trim()),
    ...optional('user', form.user.trim()),
    ...optional('workingDirectory', form.workingDirectory.trim()),
    ...optional('stdin', form.stdin),
    ...(Object.keys(env).length ? { env } : {}),
    ...(Object.keys(secrets).length ? { secrets } : {}),
    ...(retries ? { retries } : {}),
    ...(limitsOf(form) ? { limits: limitsOf(form) } : {}),
    ...(form.outputLimitBytes ? { outputLimitBytes: form.outputLimitBytes } : {}),
  }
}

function optional<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<K, string>)
}

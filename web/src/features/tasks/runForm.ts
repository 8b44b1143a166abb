import { reactive } from 'vue'
import type { NewTask, Task } from '@/api/types'
import { formatPairs, parsePairs } from '@/features/agents/labels'
import { formatArgv, parseArgv } from './argv'

export interface RunForm {
  target: 'these' | 'all'
  agents: string[]
  kind: 'command' | 'script'
  line: string
  script: string
  interpreter: string
  scriptArgs: string
  name: string
  timeoutSeconds: number
  expiresAfterSeconds: number
  user: string
  workingDirectory: string
  env: string
  stdin: string
}

export const blankForm = (agents: string[] = []): RunForm => ({
  target: 'these',
  agents,
  kind: 'command',
  line: '',
  script: '',
  interpreter: '',
  scriptArgs: '',
  name: '',
  timeoutSeconds: 300,
  expiresAfterSeconds: 3600,
  user: '',
  workingDirectory: '',
  env: '',
  stdin: '',
})

export const newForm = (agents?: string[]) => reactive(blankForm(agents))

/** The form that would send this task again. */
export function formOf(task: Task): RunForm {
  return {
    ...blankForm(task.target.agents ?? []),
    target: task.target.all ? 'all' : 'these',
    kind: task.kind === 'script' ? 'script' : 'command',
    line: task.kind === 'command' ? formatArgv([task.command ?? '', ...task.args]) : '',
    script: task.script ?? '',
    interpreter: task.interpreter ?? '',
    scriptArgs: task.kind === 'script' ? formatArgv(task.args) : '',
    name: task.name ?? '',
    timeoutSeconds: task.timeoutSeconds,
    expiresAfterSeconds: task.expiresAfterSeconds,
    user: task.user ?? '',
    workingDirectory: task.workingDirectory ?? '',
    env: formatPairs(task.env ?? {}),
    stdin: task.stdin ?? '',
  }
}

export const isAdvanced = (form: RunForm): boolean =>
  !!(form.name || form.user || form.workingDirectory || form.env || form.stdin) ||
  form.timeoutSeconds !== 300 ||
  form.expiresAfterSeconds !== 3600

export function isReady(form: RunForm): boolean {
  const chosen = form.target === 'all' || form.agents.length > 0
  const line = parseArgv(form.kind === 'command' ? form.line : form.scriptArgs)
  const what = form.kind === 'command' ? !!line.words[0] : form.script.trim() !== ''
  return chosen && what && line.fault === null && parsePairs(form.env).fault === null
}

/** What is sent: only what was filled in. */
export function toTask(form: RunForm): NewTask {
  const words = parseArgv(form.kind === 'command' ? form.line : form.scriptArgs).words
  const env = parsePairs(form.env).pairs
  return {
    kind: form.kind,
    ...(form.kind === 'command'
      ? { command: words[0] ?? '', args: words.slice(1) }
      : { script: form.script, args: words, ...optional('interpreter', form.interpreter) }),
    target: form.target === 'all' ? { all: true } : { agents: form.agents },
    timeoutSeconds: form.timeoutSeconds,
    expiresAfterSeconds: form.expiresAfterSeconds,
    ...optional('name', form.name.trim()),
    ...optional('user', form.user.trim()),
    ...optional('workingDirectory', form.workingDirectory.trim()),
    ...optional('stdin', form.stdin),
    ...(Object.keys(env).length ? { env } : {}),
  }
}

function optional<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<K, string>)
}

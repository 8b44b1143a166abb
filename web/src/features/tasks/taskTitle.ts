import type { Task } from '@/api/types'
import { formatArgv } from './argv'

const firstLine = (script: string | null): string =>
  script
    ?.split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#')) ?? ''

/** What a task does, as one line: its command line, or the first line of its script that does something. */
export function taskAction(task: Pick<Task, 'kind' | 'command' | 'args' | 'script'>): string {
  return task.kind === 'command' ? formatArgv([task.command ?? '', ...(task.args ?? [])]) : firstLine(task.script)
}

export const taskTitle = (task: Task): string => task.name || taskAction(task) || task.kind

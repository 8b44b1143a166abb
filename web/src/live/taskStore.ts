import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Run, Task } from '@/api/types'

/** The latest that the live feed said about tasks and their runs. */
export const useTaskStore = defineStore('tasks', () => {
  const tasks = shallowReactive(new Map<string, Task>())
  const runs = shallowReactive(new Map<string, Run>())

  const mergeTask = (task: Task) => void tasks.set(task.id, task)
  const mergeRun = (run: Run) => void runs.set(run.id, run)
  /** The feed tells but the beginnings of what may be long and never changes. */
  const current = (task: Task): Task => {
    const live = tasks.get(task.id)
    return live ? { ...live, script: task.script, stdin: task.stdin } : task
  }
  const currentRun = (run: Run): Run => runs.get(run.id) ?? run

  /** While nobody listened to a task, what was known of its runs became old. */
  function forgetRuns(taskId: string): void {
    for (const run of runs.values()) if (run.taskId === taskId) runs.delete(run.id)
  }

  function clear(): void {
    tasks.clear()
    runs.clear()
  }

  return { tasks, runs, mergeTask, mergeRun, current, currentRun, forgetRuns, clear }
})

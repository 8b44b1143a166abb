import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Run, Task } from '@/api/types'

/** How many tasks that are over are remembered: more than a list shows of what is new. */
const mostOver = 500

/** The latest that the live feed said about tasks and their runs. */
export const useTaskStore = defineStore('tasks', () => {
  const tasks = shallowReactive(new Map<string, Task>())
  const runs = shallowReactive(new Map<string, Run>())

  function mergeTask(task: Task): void {
    tasks.set(task.id, task)
    if (tasks.size > 2 * mostOver) forgetOldest()
  }
  const mergeRun = (run: Run) => void runs.set(run.id, run)
  /** The feed tells but the beginnings of what may be long; none of it ever changes. */
  const current = (task: Task): Task => {
    const live = tasks.get(task.id)
    const { script, stdin, args, env, target, abridged } = task
    return live ? { ...live, script, stdin, args, env, target, abridged } : task
  }
  const currentRun = (run: Run): Run => runs.get(run.id) ?? run

  /** A page may stay open for weeks. */
  function forgetOldest(): void {
    const over = [...tasks.values()].filter(({ finishedAt }) => finishedAt).sort((a, b) => b.createdAt.localeCompare(a.createdAt))
    for (const { id } of over.slice(mostOver)) tasks.delete(id)
  }

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

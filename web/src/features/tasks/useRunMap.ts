import { useQuery } from '@tanstack/vue-query'
import { onScopeDispose, shallowRef, toRaw, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import type { Run, Task } from '@/api/types'
import { useTaskStore } from '@/live/taskStore'
import { isOver } from './progress'

/** Live news of thousands of hosts is drawn a few times a second, not for each. */
const pace = 250

/** All runs of a task, however many: what was fetched, with what the live feed said since. */
export function useRunMap(task: MaybeRefOrGetter<Task>) {
  const store = useTaskStore()
  const runs = shallowRef<readonly Run[]>([])
  let fetched: readonly Run[] = []
  let timer = 0

  const query = useQuery({
    queryKey: ['runMap', () => toValue(task).id, () => isOver(toValue(task))],
    queryFn: async ({ signal }) => {
      const all: Run[] = []
      for (let cursor = ''; !signal.aborted;) {
        const page = await api.runs(toValue(task).id, { limit: 1000, ...(cursor ? { cursor } : {}) })
        all.push(...page.items)
        if (fetched.length < all.length) show(all)
        if (!page.nextCursor) break
        cursor = page.nextCursor
      }
      return all
    },
  })

  function show(all: readonly Run[]): void {
    fetched = all
    const news = toRaw(store.runs)
    runs.value = all.map((run) => news.get(run.id) ?? run)
    // Another attempt took a run's place.
    if (runs.value.some((run) => run.state === 'retried') && !query.isFetching.value) void query.refetch()
  }

  watch(query.data, (all) => all && show(all), { immediate: true })
  watch(
    () => JSON.stringify(toValue(task).counts),
    () => {
      timer ||= window.setTimeout(() => {
        timer = 0
        show(fetched)
      }, pace)
    },
  )
  onScopeDispose(() => window.clearTimeout(timer))
  return { query, runs }
}

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import type { Run, RunState, Task } from '@/api/types'
import { rereadQueries } from '@/live/rereadQueries'
import { useTaskStore } from '@/live/taskStore'
import { useTopic } from '@/live/useTopic'
import { useThrottled } from '@/ui/useThrottled'

/** However fast its runs change state, a list of those in one state is asked for this often, in milliseconds. */
const pace = 1000

/** One task with its runs; what the live feed says wins over what was fetched. */
export function useTask(id: MaybeRefOrGetter<string>, filter: MaybeRefOrGetter<RunState[]>, host: MaybeRefOrGetter<string>) {
  const store = useTaskStore()
  const client = useQueryClient()
  const key = computed(() => toValue(id))
  const state = computed(() => toValue(filter)[0])

  const query = useQuery({ queryKey: ['task', key], queryFn: () => api.task(key.value) })
  const runQuery = useInfiniteQuery({
    queryKey: ['runs', key, state],
    queryFn: ({ pageParam }) => api.runs(key.value, { state: state.value, limit: 500, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor || undefined,
  })

  useTopic(
    () => `task:${key.value}`,
    ({ type, data }) => {
      if (type === 'watched') void readAgain()
      if (type === 'task') store.mergeTask(data as Task)
      const changed = type === 'run' ? [data as Run] : type === 'runs' ? (data as Run[]) : []
      changed.forEach(store.mergeRun)
      // Another attempt took a run's place: it is in no list yet.
      if (changed.some((run) => run.state === 'retried')) void runQuery.refetch()
    },
  )

  // Nobody tells of them any more.
  watch(key, (_, before) => store.forgetRuns(before))
  onScopeDispose(() => store.forgetRuns(key.value))

  async function readAgain(): Promise<void> {
    store.forgetRuns(key.value)
    await rereadQueries(client, ...['task', 'runs', 'run', 'runMap', 'batches'].map((name) => [name, key.value]))
  }

  const task = computed(() => (query.data.value ? store.current(query.data.value) : undefined))
  const listed = computed(() => runQuery.data.value?.pages.flatMap((page) => page.items) ?? [])
  const runs = computed<Run[]>(() => {
    const current = listed.value.map(store.currentRun)
    return state.value ? current.filter((run) => run.state === state.value) : current
  })

  // A host that is asked for may be far down a list, or not in what the list was narrowed to.
  const isListed = computed(() => runs.value.some(({ agentId }) => agentId === toValue(host)))
  const hostQuery = useQuery({
    queryKey: ['run', key, () => toValue(host)],
    queryFn: () => api.run(key.value, toValue(host)),
    enabled: () => toValue(host) !== '' && !runQuery.isPending.value && !isListed.value,
  })
  const ofHost = computed(
    () => runs.value.find(({ agentId }) => agentId === toValue(host)) ?? (hostQuery.data.value && store.currentRun(hostQuery.data.value)),
  )

  // Runs leave a list of one state by what is told of them; which others are in it now, only the center can say.
  const reread = useThrottled(() => void runQuery.refetch(), pace)
  watch(
    () => [state.value, state.value && task.value?.counts[state.value]] as const,
    ([now, count], [before, former]) => {
      if (now && now === before && former !== undefined && count !== former) reread()
    },
  )

  // The last word on a task that ended is the center's.
  watch(
    () => task.value?.state,
    (state, before) => {
      if (before === undefined || state === before) return
      void runQuery.refetch()
      if (!isListed.value && toValue(host)) void hostQuery.refetch()
    },
  )
  return { query, runQuery, task, runs, ofHost, isFinding: hostQuery.isLoading }
}

import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { api } from '@/api/client'
import type { Task, TaskState } from '@/api/types'
import { useTaskStore } from '@/live/taskStore'
import { useTaskChanges } from '@/live/useTaskChanges'
import { refDebounced } from '@/ui/refDebounced'
import { useUrlState } from '@/ui/useUrlState'

/** New tasks that are put on top of the list before it is read again. */
const mostArrived = 50

export const taskStates: readonly TaskState[] = ['running', 'pending', 'succeeded', 'failed', 'cancelled', 'expired']

/** Newest first. A new task is put on top as it is announced; known ones change in place. */
export function useTaskList() {
  const store = useTaskStore()
  const q = useUrlState<string>('q', '')
  const state = useUrlState<string>('state', '')
  const settledQ = refDebounced(q, 250)
  const chosen = computed<TaskState[]>({
    get: () => taskStates.filter((one) => state.value.split(',').includes(one)),
    set: (list) => (state.value = list.join(',')),
  })
  const filtered = computed(() => !!(q.value || state.value))

  const query = useInfiniteQuery({
    queryKey: ['tasks', settledQ, state],
    queryFn: ({ pageParam }) =>
      api.tasks({ q: settledQ.value, state: chosen.value[0], limit: 50, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor || undefined,
    placeholderData: keepPreviousData,
  })

  const listed = computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? [])
  const newest = computed(() => listed.value[0]?.createdAt ?? '')
  const arrived = computed(() =>
    filtered.value
      ? []
      : [...store.tasks.values()]
          .filter((task) => task.createdAt > newest.value && !listed.value.some(({ id }) => id === task.id))
          .sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
  )
  const fits = (task: Task) => query.isPlaceholderData.value || !chosen.value[0] || task.state === chosen.value[0]
  const current = computed(() => listed.value.map(store.current))
  const fitting = computed(() => current.value.filter(fits))
  const tasks = computed(() => [...arrived.value, ...fitting.value])
  const total = computed(
    () => (query.data.value?.pages[0]?.total ?? 0) + arrived.value.length - (current.value.length - fitting.value.length),
  )

  watch(
    () => arrived.value.length > mostArrived,
    (many) => many && void query.refetch(),
  )

  // With a filter only the center can say what fits, so ask again when something changed.
  useTaskChanges(() => filtered.value && void query.refetch())
  return { q, chosen, query, tasks, total, filtered }
}

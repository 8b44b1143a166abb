import { useQuery } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { api } from '@/api/client'
import type { AgentSummary, Task } from '@/api/types'
import { useFleetStore } from '@/live/fleetStore'
import { useTaskStore } from '@/live/taskStore'

/** A few more than are shown: some may go offline before the next answer. */
const busiest = 20
const fresh = 30_000
const inFlightStates = ['running', 'pending'] as const
/** Sums and means over the whole fleet come from the center alone, so they move as often as it is asked. */
const moving = 10_000

/** Everything the overview shows, from REST and kept current by the live feed. */
export function useOverview() {
  const fleet = useFleetStore()
  const taskStore = useTaskStore()
  const summary = useQuery({ queryKey: ['fleet'], queryFn: api.fleet, refetchInterval: moving })
  const busy = useQuery({
    queryKey: ['agents', 'busiest'],
    queryFn: () => api.agents({ status: 'online', sort: '-cpu.used_percent', limit: busiest }),
    refetchInterval: fresh,
  })
  const troubled = useQuery({
    queryKey: ['agents', 'troubled'],
    queryFn: () => api.agents({ status: 'suspect,offline', sort: '-lastSeenAt', limit: 8 }),
    refetchInterval: fresh,
  })
  const tasks = useQuery({ queryKey: ['tasks', 'recent'], queryFn: () => api.tasks({ limit: 12 }), refetchInterval: fresh })
  // What runs is asked for by itself: it may be older than any number of tasks that are over.
  const flying = useQuery({
    queryKey: ['tasks', 'inFlight'],
    queryFn: async () => (await Promise.all(inFlightStates.map((state) => api.tasks({ state, limit: 12 })))).flatMap(({ items }) => items),
    refetchInterval: fresh,
  })

  for (const { data, dataUpdatedAt } of [busy, troubled]) watch(dataUpdatedAt, () => fleet.learn(data.value?.items ?? []))

  const isThere = ({ id }: AgentSummary) => !fleet.removed.has(id)
  const online = computed<AgentSummary[]>(() =>
    (busy.data.value?.items ?? [])
      .filter(isThere)
      .map(fleet.current)
      .filter(({ status }) => status === 'online'),
  )
  const attention = computed(() =>
    (troubled.data.value?.items ?? [])
      .filter(isThere)
      .map(fleet.current)
      .filter(({ status }) => status !== 'online'),
  )

  /** With what the live feed told meanwhile, newest first. */
  function newestFirst(known: Task[]): Task[] {
    const all = new Map([...known, ...taskStore.tasks.values()].map((task) => [task.id, taskStore.current(task)]))
    return [...all.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }
  const isInFlight = ({ state }: Task) => inFlightStates.some((one) => one === state)
  const recent = computed(() => newestFirst(tasks.data.value?.items ?? []).filter((task) => !isInFlight(task)))
  const inFlight = computed(() => newestFirst(flying.data.value ?? []).filter(isInFlight))

  return { summary, busy, troubled, tasks, flying, online, attention, recent, inFlight }
}

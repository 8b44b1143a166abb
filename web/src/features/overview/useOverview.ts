import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api/client'
import type { AgentSummary } from '@/api/types'
import { useFleetStore } from '@/live/fleetStore'
import { useTaskStore } from '@/live/taskStore'

/** A few more than are shown: some may go offline before the next answer. */
const busiest = 20
const fresh = 30_000
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
    queryKey: ['agents', 'troubled', computed(() => fleet.membership)],
    queryFn: () => api.agents({ status: 'suspect,offline', sort: '-lastSeenAt', limit: 8 }),
    placeholderData: (before) => before,
  })
  const tasks = useQuery({ queryKey: ['tasks', 'recent'], queryFn: () => api.tasks({ limit: 12 }), refetchInterval: fresh })

  const online = computed<AgentSummary[]>(() =>
    (busy.data.value?.items ?? []).map(fleet.current).filter(({ status }) => status === 'online'),
  )
  const attention = computed(() => (troubled.data.value?.items ?? []).map(fleet.current).filter(({ status }) => status !== 'online'))

  const recent = computed(() => {
    const known = tasks.data.value?.items ?? []
    const ids = new Set(known.map(({ id }) => id))
    const newer = [...taskStore.tasks.values()].filter(({ id }) => !ids.has(id))
    return [...newer, ...known.map(taskStore.current)].sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  })
  const inFlight = computed(() => recent.value.filter(({ state }) => state === 'pending' || state === 'running'))

  return { summary, busy, tasks, online, attention, recent, inFlight }
}

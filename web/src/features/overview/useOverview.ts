import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api/client'
import type { AgentSummary } from '@/api/types'
import { useFleetStore } from '@/live/fleetStore'
import { useTaskStore } from '@/live/taskStore'

const sample = 200
const fresh = 30_000

export const mean = (values: (number | null | undefined)[]): number | null => {
  const known = values.filter((value): value is number => typeof value === 'number')
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null
}

/** Everything the overview shows, from REST and kept current by the live feed. */
export function useOverview() {
  const fleet = useFleetStore()
  const taskStore = useTaskStore()
  const summary = useQuery({ queryKey: ['fleet'], queryFn: api.fleet, refetchInterval: fresh })
  const busy = useQuery({
    queryKey: ['agents', 'busiest'],
    queryFn: () => api.agents({ status: 'online', sort: '-cpu.used_percent', limit: sample }),
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

  const average = computed(() => ({
    cpu: mean(online.value.map(({ metrics }) => metrics['cpu.used_percent'])),
    memory: mean(online.value.map(({ metrics }) => metrics['memory.used_percent'])),
    load: mean(online.value.map(({ metrics }) => metrics['load.1m'])),
    hosts: online.value.filter(({ metrics }) => typeof metrics['cpu.used_percent'] === 'number').length,
  }))
  const sum = (pick: (agent: AgentSummary) => number | null) => online.value.reduce((total, agent) => total + (pick(agent) ?? 0), 0)
  const capacity = computed(() => ({
    threads: sum(({ cpuThreads }) => cpuThreads),
    memory: sum(({ memoryBytes }) => memoryBytes),
    gpus: sum(({ gpuCount }) => gpuCount),
    partial: (busy.data.value?.total ?? 0) > sample,
  }))

  return { summary, busy, tasks, online, attention, recent, inFlight, average, capacity }
}

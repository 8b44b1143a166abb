import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { api } from '@/api/client'
import type { AgentStatus } from '@/api/types'
import { useFleetStore } from '@/live/fleetStore'
import { refDebounced } from '@/ui/refDebounced'
import { useUrlState } from '@/ui/useUrlState'

export const statuses: readonly AgentStatus[] = ['online', 'suspect', 'offline']
const pageSize = 100

/** The list as the address describes it. Its order is the center's; values come live; membership changes wait for a click. */
export function useAgentList() {
  const fleet = useFleetStore()
  const q = useUrlState<string>('q', '')
  const status = useUrlState<string>('status', '')
  const cluster = useUrlState<string>('cluster', '')
  const sort = useUrlState<string>('sort', 'hostname')
  const settledQ = refDebounced(q, 250)

  const chosen = computed<AgentStatus[]>({
    get: () => statuses.filter((one) => status.value.split(',').includes(one)),
    set: (list) => (status.value = list.join(',')),
  })

  const query = useInfiniteQuery({
    queryKey: ['agents', settledQ, status, cluster, sort],
    queryFn: async ({ pageParam }) => {
      // Of when it was asked for: a host that is added while the answer is on its way may not be in it.
      const { membership } = fleet
      const page = await api.agents({
        q: settledQ.value.trim(),
        status: status.value,
        cluster: cluster.value,
        sort: sort.value,
        limit: pageSize,
        ...(pageParam ? { cursor: pageParam } : {}),
      })
      return { ...page, membership }
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor || undefined,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    refetchOnMount: 'always',
  })

  const listed = computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? [])
  const agents = computed(() => listed.value.filter((agent) => !fleet.removed.has(agent.id)).map(fleet.current))
  const total = computed(() => query.data.value?.pages[0]?.total ?? 0)
  const filtered = computed(() => !!(q.value || status.value || cluster.value))

  watch(query.dataUpdatedAt, () => fleet.learn(listed.value))
  /** Hosts were added, went or changed state since the list was asked for. */
  const outdated = computed(() => {
    const first = query.data.value?.pages[0]
    return !!first && first.membership !== fleet.membership && !query.isFetching.value
  })

  // An empty list has no row that could jump: fill it at once.
  watch([outdated, total], () => {
    if (outdated.value && total.value === 0) void query.refetch()
  })

  function sortBy(column: string): void {
    const falling = column.includes('.') || column === 'lastSeenAt'
    const [first, second] = falling ? [`-${column}`, column] : [column, `-${column}`]
    sort.value = sort.value === first ? second : first
  }

  return { q, chosen, cluster, sort, sortBy, query, agents, total, filtered, outdated }
}

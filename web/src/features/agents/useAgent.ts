import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { AgentSummary, Inventory } from '@/api/types'
import { useFleetStore } from '@/live/fleetStore'
import { rereadQueries } from '@/live/rereadQueries'
import { useTopic } from '@/live/useTopic'

/** One host: its summary is live, its inventory is fetched again when its agent sent a new one. */
export function useAgent(id: MaybeRefOrGetter<string>) {
  const fleet = useFleetStore()
  const client = useQueryClient()
  const key = computed(() => toValue(id))
  const query = useQuery({ queryKey: ['agent', key], queryFn: () => api.agent(key.value) })
  const inventory = useQuery<Inventory | null>({
    queryKey: ['inventory', key],
    queryFn: () => (api.inventory(key.value) as Promise<Inventory>).catch(noneYet),
    staleTime: 60_000,
  })

  useTopic(
    () => `agent:${key.value}`,
    ({ type, data }) => {
      // Its summary is told with the fleet; an inventory seldom changes, but a first one is waited for.
      if (type === 'watched' && !inventory.data.value) void rereadQueries(client, ['inventory', key.value])
      if (type === 'agent') fleet.merge([data as AgentSummary])
      if (type === 'inventory')
        for (const name of ['inventory', 'inventoryHistory', 'inventoryChanges'])
          void client.invalidateQueries({ queryKey: [name, key.value] })
    },
  )

  // What the page has of it is old by then, and the center says that it is gone.
  watch(
    () => fleet.removed.has(key.value),
    (gone) => gone && void query.refetch(),
  )

  const agent = computed(() => (query.data.value ? fleet.current(query.data.value) : undefined))
  return { query, agent, inventory }
}

function noneYet(error: unknown): null {
  if (error instanceof ApiProblem && error.code === 'inventory.none') return null
  throw error
}

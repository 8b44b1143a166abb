import { useQuery } from '@tanstack/vue-query'
import { computed, watch, type Ref } from 'vue'
import { api } from '@/api/client'
import type { Task } from '@/api/types'
import { doneOf, isOver } from './progress'

/** Hosts that end while one looks on are folded in this often, in milliseconds. */
const pace = 3000

/** What the hosts of a task wrote, folded; asked for when it is wanted, and again as more of them end. */
export function useOutputs(task: () => Task, wanted: Ref<boolean>) {
  const query = useQuery({
    queryKey: ['outputs', () => task().id],
    queryFn: () => api.outputs(task().id),
    enabled: wanted,
    refetchInterval: () => (isOver(task()) ? false : pace),
  })
  watch(
    () => isOver(task()) && doneOf(task()),
    () => wanted.value && void query.refetch(),
  )
  return { query, folded: computed(() => query.data.value) }
}

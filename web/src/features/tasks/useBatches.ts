import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { api } from '@/api/client'
import type { Task } from '@/api/types'
import { batchesAround, mostBatches } from './rollout'

/** The batches around the one that a rollout is at, and how many there are before and behind them. */
export function useBatches(props: { task: Task; rollout: { phase: string; batch: number } }) {
  const from = computed(() => batchesAround(props.rollout.batch))
  const query = useQuery({
    queryKey: ['batches', () => props.task.id, from],
    queryFn: () => api.batches(props.task.id, { from: from.value, limit: mostBatches }),
    placeholderData: keepPreviousData,
  })
  watch(
    () => [props.rollout.phase, props.rollout.batch, JSON.stringify(props.task.counts)].join(),
    () => void query.refetch(),
  )
  const batches = computed(() => query.data.value?.items ?? [])
  return {
    batches,
    before: computed(() => (batches.value[0]?.batch ?? 1) - 1),
    behind: computed(() => (query.data.value?.total ?? 0) - (batches.value.at(-1)?.batch ?? 0)),
  }
}

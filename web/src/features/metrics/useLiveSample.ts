import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import type { MetricSample } from '@/api/types'
import { useTopic } from '@/live/useTopic'

const nothing: MetricSample = { at: null, values: {} }

/** What the center had of a host when it was asked. */
export const useLatestSample = (agent: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['latest', toValue(agent)]),
    queryFn: () => api.latestMetrics(toValue(agent)),
    staleTime: 5000,
  })

/** The newest values of a host: fetched once, then as they arrive. */
export function useLiveSample(agent: MaybeRefOrGetter<string>, onSample: (sample: MetricSample) => void = () => undefined) {
  const live = shallowRef<MetricSample>(nothing)
  const latest = useLatestSample(agent)
  useTopic(
    () => `agent:${toValue(agent)}`,
    ({ type, data }) => {
      if (type !== 'metrics') return
      live.value = data as MetricSample
      onSample(live.value)
    },
  )
  return computed(() => {
    const fetched = latest.data.value ?? nothing
    return (live.value.at ?? '') > (fetched.at ?? '') ? live.value : fetched
  })
}

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, shallowReactive, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import type { MetricSample } from '@/api/types'
import { now } from '@/ui/useNow'
import { useLiveSample } from './useLiveSample'
import { extend, ranges, stepFor, type Points, type Range } from './window'

const keepLive = 2000

/** A host's series over a time range: history from the center, continued by what the live feed brings. */
export function useMetricHistory(agent: MaybeRefOrGetter<string>, range: MaybeRefOrGetter<Range>) {
  const live = shallowReactive(new Map<string, Points>())

  function append({ at, values }: MetricSample): void {
    const time = at ? Date.parse(at) : NaN
    if (Number.isNaN(time)) return
    for (const [name, value] of Object.entries(values)) {
      live.set(name, [...(live.get(name) ?? []).slice(-keepLive), [time, value]])
    }
  }

  useLiveSample(agent, append)
  const query = useQuery({
    queryKey: computed(() => ['metrics', toValue(agent), toValue(range)]),
    queryFn: () => {
      const to = Date.now()
      return api.metrics(toValue(agent), {
        from: new Date(to - ranges[toValue(range)] * 1000).toISOString(),
        to: new Date(to).toISOString(),
        step: `${stepFor(toValue(range))}s`,
      })
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: computed(() => Math.max(60_000, stepFor(toValue(range)) * 1000)),
  })

  const history = computed(() => new Map(query.data.value?.series.map(({ name, points }) => [name, points as Points])))
  const names = computed(() => [...new Set([...history.value.keys(), ...live.keys()])].sort(byNumber))
  const pointsOf = (name: string): Points => extend(history.value.get(name) ?? [], live.get(name) ?? [])
  const window = computed(() => {
    const to = Math.floor(now.value / 5000) * 5000
    return { from: to - ranges[toValue(range)] * 1000, to }
  })
  const gap = computed(() => Math.max(query.data.value?.stepSeconds ?? 0, 30) * 3500)
  return { query, names, pointsOf, window, gap }
}

const byNumber = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

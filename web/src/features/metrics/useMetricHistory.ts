import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, shallowReactive, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import type { MetricSample } from '@/api/types'
import { parseSeries } from './series'
import { useLatestSample, useLiveSample } from './useLiveSample'
import { extend, ranges, stepFor, type Points, type Range, type Span } from './window'

const keepLive = 2000

interface Asked {
  agent: MaybeRefOrGetter<string>
  range: MaybeRefOrGetter<Range>
  zoomed: MaybeRefOrGetter<Span | null>
  /** Bare names; only those that the host has are asked for. */
  wanted: MaybeRefOrGetter<readonly string[]>
}

/** A host's series over a time range: history from the center, continued by what the live feed brings. */
export function useMetricHistory({ agent, range, zoomed, wanted }: Asked) {
  const live = shallowReactive(new Map<string, Points>())

  function append({ at, values }: MetricSample): void {
    const time = at ? Date.parse(at) : NaN
    if (Number.isNaN(time)) return
    for (const [name, value] of Object.entries(values)) {
      live.set(name, [...(live.get(name) ?? []).slice(-keepLive), [time, value]])
    }
  }

  const latest = useLatestSample(agent)
  useLiveSample(agent, append)
  const sent = computed(() => new Set([...Object.keys(latest.data.value?.values ?? {}), ...live.keys()]))
  const bare = computed(() => new Set([...sent.value].map((name) => parseSeries(name).name)))
  /** Of a host that has sent nothing since the center started nobody knows what there is: then everything is asked for. */
  const asked = computed(() => toValue(wanted).filter((name) => bare.value.size === 0 || bare.value.has(name)))
  const expected = computed(() => {
    const names = new Set(asked.value)
    return [...sent.value].filter((name) => names.has(parseSeries(name).name)).length
  })
  const step = computed(() => {
    const span = toValue(zoomed)
    return stepFor(span ? (span.to - span.from) / 1000 : ranges[toValue(range)], expected.value)
  })
  const query = useQuery({
    queryKey: computed(() => ['metrics', toValue(agent), toValue(zoomed) ?? toValue(range), asked.value.join()]),
    queryFn: () => {
      const { from, to } = toValue(zoomed) ?? { from: Date.now() - ranges[toValue(range)] * 1000, to: Date.now() }
      return api.metrics(toValue(agent), {
        name: asked.value,
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        step: `${step.value}s`,
      })
    },
    enabled: computed(() => latest.isFetched.value && asked.value.length > 0),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: computed(() => !toValue(zoomed) && Math.max(60_000, step.value * 1000)),
  })

  const history = computed(() => new Map(query.data.value?.series.map(({ name, points }) => [name, points as Points])))
  const names = computed(() => [...new Set([...history.value.keys(), ...sent.value])].sort(byNumber))
  const pointsOf = (name: string): Points => extend(history.value.get(name) ?? [], live.get(name) ?? [])
  const stepMilliseconds = computed(() => (query.data.value?.stepSeconds ?? step.value) * 1000)
  return { query, names, pointsOf, stepMilliseconds }
}

const byNumber = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

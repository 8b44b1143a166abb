import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import { now } from '@/ui/useNow'
import { readParam, withParam } from '@/ui/useUrlState'
import { fit, parseSpan, rangeNames, ranges, spanText, type Range, type Span } from './window'

const fallback: Range = '15m'

/** Which time all charts of a host show: a range that ends now and moves on, or a stretch that somebody zoomed into. It lives in the address. */
export function useTimeView() {
  const route = useRoute()
  const router = useRouter()
  const range = computed(() => readParam(route.query, 'range', fallback, rangeNames) as Range)
  const zoomed = computed<Span | null>(() => parseSpan(readParam(route.query, 'span', ''), Date.now()))
  const window = computed<Span>(() => {
    if (zoomed.value) return zoomed.value
    const to = Math.floor(now.value / 5000) * 5000
    return { from: to - ranges[range.value] * 1000, to }
  })

  function go(value: Range, span: string): void {
    const ranged = withParam(router.currentRoute.value.query, 'range', value, fallback) as LocationQuery
    void router.push({ query: withParam(ranged, 'span', span, ''), hash: route.hash })
  }

  const zoom = (span: Span) => go(range.value, spanText(fit(span, Date.now())))

  /** Makes the stretch so many times as long: around its middle, or up to now where the charts show the present. */
  function scale(by: number): void {
    const { from, to } = window.value
    const more = (to - from) * (by - 1)
    zoom(zoomed.value ? { from: from - more / 2, to: to + more / 2 } : { from: from - more, to })
  }

  /** Shows what was before or after: -1 is one stretch earlier. */
  function move(by: number): void {
    const { from, to } = window.value
    zoom({ from: from + (to - from) * by, to: to + (to - from) * by })
  }

  /** The latest so and so long, moving on. */
  const follow = (latest: Range) => go(latest, '')

  return { range, zoomed, window, zoom, scale, move, follow }
}

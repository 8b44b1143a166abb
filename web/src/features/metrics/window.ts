export type Points = [number, number | null][]

export const ranges = { '15m': 900, '1h': 3600, '6h': 21_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000, '1y': 31_536_000 } as const
export type Range = keyof typeof ranges
export const rangeNames = Object.keys(ranges) as Range[]

const pointsWanted = 360

/** The center answers 250,000 points at most, of all series together; some may come that are gone by now. */
const pointsInAll = 240_000

/** The steps that the center answers from roll-ups as they are: whole windows of an hour or of five minutes. */
const windows = [3600, 300]

/** The step to ask for: about 360 points in so many seconds, fewer of very many series, never finer than the default sample interval. */
export function stepFor(seconds: number, series = 1): number {
  const exact = seconds / Math.min(pointsWanted, pointsInAll / Math.max(series, 1) - 1)
  const unit = windows.find((window) => window <= exact) ?? 10
  return Math.max(10, Math.ceil(exact / unit) * unit)
}

/** A stretch of time, in Unix milliseconds. */
export interface Span {
  from: number
  to: number
}

const shortest = 2 * 60_000
const longest = ranges['1y'] * 1000

/** A stretch that can be shown: neither shorter than two minutes nor longer than a year, and not later than now. */
export function fit({ from, to }: Span, now: number): Span {
  const length = Math.min(Math.max(to - from, shortest), longest)
  const middle = (from + to) / 2
  const end = Math.min(Math.round(middle + length / 2), now)
  return { from: end - Math.round(length), to: end }
}

/** As it stands in the address: two times in seconds. */
export const spanText = ({ from, to }: Span): string => `${Math.floor(from / 1000)}-${Math.ceil(to / 1000)}`

export function parseSpan(text: string, now: number): Span | null {
  const [, from, to] = /^(\d{9,10})-(\d{9,10})$/.exec(text) ?? []
  if (from === undefined || to === undefined || Number(from) >= Number(to)) return null
  return fit({ from: Number(from) * 1000, to: Number(to) * 1000 }, now)
}

/** So many times as far apart as usual is a gap: neither a late sample nor one that is missing. */
const gapFactor = 3.5

/** How far apart the points usually are, however often their host is sampled; `step` is the least. */
function spacing(times: readonly number[], step: number): number {
  const apart = times
    .slice(1)
    .map((at, index) => at - (times[index] ?? at))
    .sort((a, b) => a - b)
  return Math.max(step, apart[(apart.length - 1) >> 1] ?? 0)
}

/** Several series on one time axis, with live values behind the history, cut to the window; a gap stays a gap. All times in milliseconds. */
export function align(series: readonly Points[], from: number, to: number, step: number): { times: number[]; values: (number | null)[][] } {
  const inside = [...new Set(series.flatMap((points) => points.map(([at]) => at)))]
    .filter((at) => at >= from && at <= to)
    .sort((a, b) => a - b)
  const gap = gapFactor * spacing(inside, step)
  const times = inside.flatMap((at, index) => (index > 0 && at - (inside[index - 1] ?? at) > gap ? [at - 1, at] : [at]))
  const values = series.map((points) => {
    const byTime = new Map(points)
    return times.map((at) => byTime.get(at) ?? null)
  })
  return { times, values }
}

/** Appends what the live feed brought after the history's end. */
export function extend(history: Points, live: Points): Points {
  const end = history.findLast(([, value]) => value !== null)?.[0] ?? -Infinity
  return [...history.filter(([at, value]) => value !== null || at <= end), ...live.filter(([at]) => at > end)]
}

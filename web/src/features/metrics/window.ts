export type Points = [number, number | null][]

export const ranges = { '15m': 900, '1h': 3600, '6h': 21_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000, '1y': 31_536_000 } as const
export type Range = keyof typeof ranges
export const rangeNames = Object.keys(ranges) as Range[]

const pointsWanted = 360

/** The steps that the center answers from roll-ups as they are: whole windows of an hour or of five minutes. */
const windows = [3600, 300]

/** The step to ask for: about 360 points in the range, never finer than the default heartbeat needs. */
export function stepFor(range: Range): number {
  const exact = ranges[range] / pointsWanted
  const unit = windows.find((window) => window <= exact) ?? 10
  return Math.max(10, Math.ceil(exact / unit) * unit)
}

/** Several series on one time axis, with live values behind the history, cut to the window; a gap stays a gap. */
export function align(series: readonly Points[], from: number, to: number, gap: number): { times: number[]; values: (number | null)[][] } {
  const inside = [...new Set(series.flatMap((points) => points.map(([at]) => at)))].filter((at) => at >= from && at <= to)
  const times = inside
    .sort((a, b) => a - b)
    .flatMap((at, index, all) => (index > 0 && at - (all[index - 1] ?? at) > gap ? [at - 1, at] : [at]))
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

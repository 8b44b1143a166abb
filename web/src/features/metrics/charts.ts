import { groups, plan, type ChartPlan, type Group } from './chartPlan'
import { parseSeries, unitOf, type Series, type Unit } from './series'

export interface ChartSpec {
  id: string
  unit: Unit
  series: { name: string; label: string }[]
}

/** What the charts of these groups are made of: the rest of a host's series stays at the center. */
export const chartedNames = (of: readonly Group[]): string[] => [
  ...new Set(plan.filter(({ group }) => of.includes(group)).flatMap(({ names }) => Object.keys(names))),
]

/** The charts of a host in reading order, of the series that it has; each takes the series whose bare name it lists. */
export function chartsFor(
  available: readonly string[],
  word: (text: string) => string = (text) => text,
): { group: Group; charts: ChartSpec[] }[] {
  const parsed = available.map((full) => ({ full, ...parseSeries(full) }))
  const charts = plan.flatMap((chart) => {
    const order = Object.keys(chart.names)
    const series = parsed
      .filter((one) => takes(chart, one))
      .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
      .map(({ full, name, labels }) => ({ name: full, label: label(telling(chart, labels), word(chart.names[name] ?? ''), chart.id) }))
    const first = series[0]
    return first ? [{ group: chart.group, id: chart.id, unit: chart.unit ?? unitOf(parseSeries(first.name).name), series }] : []
  })
  return groups
    .map((group) => ({ group, charts: charts.filter((chart) => chart.group === group) }))
    .filter(({ charts }) => charts.length > 0)
}

const takes = ({ names, only }: ChartPlan, { name, labels }: Series): boolean =>
  name in names && Object.entries(only ?? {}).every(([label, value]) => labels[label] === value)

/** A label that all series of a chart share says nothing. */
const telling = ({ only }: ChartPlan, labels: Record<string, string>) =>
  Object.fromEntries(Object.entries(labels).filter(([label]) => !(label in (only ?? {}))))

/** Labels whose values are numbers that say nothing by themselves. */
const kinds: Record<string, string> = { gpu: 'GPU', xid: 'Xid', mig: 'MIG', node: 'NUMA' }

function label(labels: Record<string, string>, word: string, fallback: string): string {
  const told = Object.entries(labels).map(([name, value]) => (name in kinds ? `${kinds[name]} ${value}` : value))
  return [...told, word].filter(Boolean).join(' ') || fallback
}

/** What no chart shows, by bare name: everything that an agent sends can be looked at. */
export function otherCharts(available: readonly string[]): ChartSpec[] {
  const found = new Map<string, ChartSpec>()
  for (const full of available) {
    const series = parseSeries(full)
    if (plan.some((chart) => takes(chart, series))) continue
    const chart = found.get(series.name) ?? { id: series.name, unit: unitOf(series.name), series: [] }
    chart.series.push({ name: full, label: label(series.labels, '', series.name) })
    found.set(series.name, chart)
  }
  return [...found.values()].sort((a, b) => a.id.localeCompare(b.id, 'en'))
}

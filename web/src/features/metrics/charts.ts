import { parseSeries, unitOf, type Unit } from './series'

export interface ChartSpec {
  id: string
  unit: Unit
  series: { name: string; label: string }[]
}

export const groups = ['processor', 'memory', 'gpu', 'storage', 'network'] as const
export type Group = (typeof groups)[number]

/** The charts of a host, in reading order; each takes the series whose bare name it lists. */
const plan: { id: string; group: Group; names: Record<string, string> }[] = [
  { id: 'cpu', group: 'processor', names: { 'cpu.used_percent': '', 'cpu.iowait_percent': 'iowait', 'cpu.steal_percent': 'steal' } },
  { id: 'load', group: 'processor', names: { 'load.1m': '1 min', 'load.5m': '5 min', 'load.15m': '15 min' } },
  {
    id: 'pressure',
    group: 'processor',
    names: { 'pressure.cpu_some_percent': 'cpu', 'pressure.memory_some_percent': 'memory', 'pressure.io_some_percent': 'io' },
  },
  { id: 'cpuPower', group: 'processor', names: { 'cpu.power_watts': '' } },
  { id: 'sensors', group: 'processor', names: { 'sensor.temperature_celsius': '' } },
  { id: 'memory', group: 'memory', names: { 'memory.used_percent': '', 'swap.used_percent': 'swap' } },
  {
    id: 'memoryErrors',
    group: 'memory',
    names: { 'memory.ecc_corrected_total': 'corrected', 'memory.ecc_uncorrected_total': 'uncorrected' },
  },
  { id: 'numa', group: 'memory', names: { 'numa.misses_per_second': '' } },
  { id: 'gpuUse', group: 'gpu', names: { 'gpu.used_percent': '' } },
  { id: 'gpuMemory', group: 'gpu', names: { 'gpu.memory_used_bytes': '' } },
  { id: 'gpuTemperature', group: 'gpu', names: { 'gpu.temperature_celsius': '' } },
  { id: 'gpuPower', group: 'gpu', names: { 'gpu.power_watts': '' } },
  { id: 'gpuThrottled', group: 'gpu', names: { 'gpu.throttled_percent': '' } },
  {
    id: 'gpuNvlink',
    group: 'gpu',
    names: { 'gpu.nvlink_receive_bytes_per_second': 'receive', 'gpu.nvlink_transmit_bytes_per_second': 'transmit' },
  },
  {
    id: 'gpuPcie',
    group: 'gpu',
    names: { 'gpu.pcie_receive_bytes_per_second': 'receive', 'gpu.pcie_transmit_bytes_per_second': 'transmit' },
  },
  { id: 'gpuErrors', group: 'gpu', names: { 'gpu.ecc_corrected_total': 'corrected', 'gpu.ecc_uncorrected_total': 'uncorrected' } },
  { id: 'disk', group: 'storage', names: { 'disk.read_bytes_per_second': 'read', 'disk.write_bytes_per_second': 'write' } },
  { id: 'diskBusy', group: 'storage', names: { 'disk.busy_percent': '' } },
  {
    id: 'diskLatency',
    group: 'storage',
    names: { 'disk.read_latency_milliseconds': 'read', 'disk.write_latency_milliseconds': 'write' },
  },
  { id: 'filesystems', group: 'storage', names: { 'filesystem.used_percent': '' } },
  {
    id: 'network',
    group: 'network',
    names: { 'network.receive_bytes_per_second': 'receive', 'network.transmit_bytes_per_second': 'transmit' },
  },
  { id: 'networkErrors', group: 'network', names: { 'network.errors_per_second': '' } },
  {
    id: 'infiniband',
    group: 'network',
    names: { 'infiniband.receive_bytes_per_second': 'receive', 'infiniband.transmit_bytes_per_second': 'transmit' },
  },
  { id: 'infinibandErrors', group: 'network', names: { 'infiniband.errors_per_second': '' } },
  { id: 'retransmits', group: 'network', names: { 'tcp.retransmits_percent': '' } },
]

/** What the charts are made of: the rest of a host's series stays at the center. */
export const chartedNames = plan.flatMap(({ names }) => Object.keys(names))

export function chartsFor(
  available: readonly string[],
  word: (text: string) => string = (text) => text,
): { group: Group; charts: ChartSpec[] }[] {
  const parsed = available.map((full) => ({ full, ...parseSeries(full) }))
  const charts = plan.flatMap(({ id, group, names }) => {
    const order = Object.keys(names)
    const series = parsed
      .filter(({ name }) => name in names)
      .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
      .map(({ full, name, labels }) => ({ name: full, label: label(labels, word(names[name] ?? ''), id) }))
    const first = series[0]
    return first ? [{ group, id, unit: unitOf(parseSeries(first.name).name), series }] : []
  })
  return groups
    .map((group) => ({ group, charts: charts.filter((chart) => chart.group === group) }))
    .filter(({ charts }) => charts.length > 0)
}

function label(labels: Record<string, string>, word: string, fallback: string): string {
  return [...Object.values(labels), word].filter(Boolean).join(' ') || fallback
}

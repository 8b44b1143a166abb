import { bytes, bytesPerSecond, decimal, duration, percent } from '@/ui/format'

export interface Series {
  name: string
  labels: Record<string, string>
}

/** `disk.read_bytes_per_second{disk="sda"}` → its name and labels. */
export function parseSeries(full: string): Series {
  const brace = full.indexOf('{')
  if (brace < 0) return { name: full, labels: {} }
  const labels: Record<string, string> = {}
  for (const [, key, value] of full.slice(brace).matchAll(/([A-Za-z_][\w.]*)="((?:[^"\\]|\\.)*)"/g)) {
    if (key !== undefined && value !== undefined) labels[key] = value.replace(/\\(.)/g, '$1')
  }
  return { name: full.slice(0, brace), labels }
}

export type Unit = 'percent' | 'bytes' | 'bytesPerSecond' | 'perSecond' | 'celsius' | 'watts' | 'seconds' | 'number'

const suffixes: [string, Unit][] = [
  ['_bytes_per_second', 'bytesPerSecond'],
  ['_per_second', 'perSecond'],
  ['_percent', 'percent'],
  ['_bytes', 'bytes'],
  ['_celsius', 'celsius'],
  ['_watts', 'watts'],
  ['.seconds', 'seconds'],
]

export function unitOf(name: string): Unit {
  return suffixes.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'number'
}

type Formatter = (value: number | null | undefined) => string

const dash =
  (format: (value: number) => string): Formatter =>
  (value) =>
    value === null || value === undefined ? '–' : format(value)

export const formatters: Record<Unit, Formatter> = {
  percent,
  bytes,
  bytesPerSecond,
  perSecond: dash((value) => `${decimal(value, value < 10 ? 2 : 0)}/s`),
  celsius: dash((value) => `${value.toFixed(0)} °C`),
  watts: dash((value) => `${value.toFixed(0)} W`),
  seconds: dash((value) => duration(value * 1000)),
  number: dash((value) => decimal(value)),
}

export interface ChartSpec {
  id: string
  unit: Unit
  series: { name: string; label: string }[]
}

/** The charts of a host, in reading order; each takes the series whose bare name it lists. */
const plan: { id: string; names: Record<string, string> }[] = [
  { id: 'cpu', names: { 'cpu.used_percent': '', 'cpu.iowait_percent': 'iowait', 'cpu.steal_percent': 'steal' } },
  { id: 'memory', names: { 'memory.used_percent': '', 'swap.used_percent': 'swap' } },
  { id: 'load', names: { 'load.1m': '1 min', 'load.5m': '5 min', 'load.15m': '15 min' } },
  { id: 'gpuUse', names: { 'gpu.used_percent': '' } },
  { id: 'gpuMemory', names: { 'gpu.memory_used_bytes': '' } },
  { id: 'gpuTemperature', names: { 'gpu.temperature_celsius': '' } },
  { id: 'gpuPower', names: { 'gpu.power_watts': '' } },
  { id: 'disk', names: { 'disk.read_bytes_per_second': 'read', 'disk.write_bytes_per_second': 'write' } },
  { id: 'diskBusy', names: { 'disk.busy_percent': '' } },
  { id: 'network', names: { 'network.receive_bytes_per_second': 'receive', 'network.transmit_bytes_per_second': 'transmit' } },
  { id: 'networkErrors', names: { 'network.errors_per_second': '' } },
  { id: 'filesystems', names: { 'filesystem.used_percent': '' } },
  {
    id: 'pressure',
    names: { 'pressure.cpu_some_percent': 'cpu', 'pressure.memory_some_percent': 'memory', 'pressure.io_some_percent': 'io' },
  },
]

export function chartsFor(available: readonly string[], word: (text: string) => string = (text) => text): ChartSpec[] {
  const parsed = available.map((full) => ({ full, ...parseSeries(full) }))
  return plan.flatMap(({ id, names }) => {
    const series = parsed
      .filter(({ name }) => name in names)
      .map(({ full, name, labels }) => ({ name: full, label: label(labels, word(names[name] ?? ''), id) }))
    const first = series[0]
    return first ? [{ id, unit: unitOf(parseSeries(first.name).name), series }] : []
  })
}

function label(labels: Record<string, string>, word: string, fallback: string): string {
  return [...Object.values(labels), word].filter(Boolean).join(' ') || fallback
}

import { bytes, bytesPerSecond, decimal, duration, megahertz, percent } from '@/ui/format'

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

export type Unit =
  | 'percent'
  | 'bytes'
  | 'bytesPerSecond'
  | 'perSecond'
  | 'celsius'
  | 'watts'
  | 'megahertz'
  | 'rpm'
  | 'seconds'
  | 'milliseconds'
  | 'count'
  | 'number'

const suffixes: [string, Unit][] = [
  ['_bytes_per_second', 'bytesPerSecond'],
  ['_per_second', 'perSecond'],
  ['_percent', 'percent'],
  ['_bytes', 'bytes'],
  ['_celsius', 'celsius'],
  ['_watts', 'watts'],
  ['_milliseconds', 'milliseconds'],
  ['_mhz', 'megahertz'],
  ['_rpm', 'rpm'],
  ['_total', 'count'],
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
  milliseconds: dash((value) => `${decimal(value, Math.abs(value) < 1 ? 2 : Math.abs(value) < 10 ? 1 : 0)} ms`),
  seconds: dash((value) => duration(value * 1000)),
  megahertz,
  rpm: dash((value) => `${value.toFixed(0)} rpm`),
  // A mean of counts is seldom whole, and a half is then worth knowing.
  count: dash((value) => decimal(value, Number.isInteger(value) ? 0 : 1)),
  number: dash((value) => decimal(value)),
}

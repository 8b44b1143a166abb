import { i18n } from '@/i18n'

/** Numbers as people read them. Unknown is a dash, never a zero. */

export const unknown = '–'

type Maybe = number | null | undefined

const missing = (value: Maybe): value is null | undefined => value === null || value === undefined || !Number.isFinite(value)

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

export function bytes(value: Maybe): string {
  if (missing(value)) return unknown
  const [scaled, unit] = scale(value, 1024, binary)
  return `${unit === 'B' ? Math.round(scaled) : threeDigits(scaled)} ${unit}`
}

export const bytesPerSecond = (value: Maybe): string => (missing(value) ? unknown : `${bytes(value)}/s`)

export const percent = (value: Maybe): string => (missing(value) ? unknown : `${value.toFixed(value >= 99.95 ? 0 : 1)}%`)

export const decimal = (value: Maybe, digits = 2): string => (missing(value) ? unknown : value.toFixed(digits))

export const count = (value: Maybe, locale?: string): string => (missing(value) ? unknown : value.toLocaleString(locale))

export function megahertz(value: Maybe): string {
  if (missing(value)) return unknown
  return value >= 1000 ? `${(value / 1000).toFixed(2)} GHz` : `${Math.round(value)} MHz`
}

export function megabits(value: Maybe): string {
  if (missing(value) || value < 0) return unknown
  return value >= 1000 ? `${trimZeros(value / 1000)} Gb/s` : `${value} Mb/s`
}

const timeUnits = {
  en: { ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' },
  zh: { ms: '毫秒', s: '秒', min: '分钟', h: '小时', d: '天' },
}

/** A length of time: two units at most, the smaller one only while it still says something. */
export function duration(milliseconds: Maybe): string {
  if (missing(milliseconds) || milliseconds < 0) return unknown
  const { ms, s, min, h, d } = timeUnits[i18n.global.locale.value]
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ${ms}`
  if (milliseconds < 59_995) return `${(milliseconds / 1000).toFixed(milliseconds < 9_995 ? 2 : 1)} ${s}`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return pair(seconds, 60, min, s)
  if (seconds < 86_400) return pair(Math.round(seconds / 60), 60, h, min)
  return pair(Math.round(seconds / 3600), 24, d, h)
}

function pair(total: number, ratio: number, large: string, small: string): string {
  const rest = total % ratio
  const whole = `${Math.floor(total / ratio)} ${large}`
  return rest === 0 ? whole : `${whole} ${rest} ${small}`
}

function scale(value: number, ratio: number, units: string[]): [number, string] {
  let index = 0
  while (Math.abs(value) >= ratio - 0.5 && index < units.length - 1) {
    value /= ratio
    index++
  }
  return [value, units[index] ?? '']
}

function threeDigits(value: number): string {
  const size = Math.abs(value)
  return trimZeros(Number(value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)))
}

const trimZeros = (value: number): string => String(Number(value.toFixed(2)))

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

export function relative(at: number, now: number, locale: string): string {
  const seconds = Math.round((at - now) / 1000)
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }).format(Math.trunc(seconds / size), unit)
}

export function exact(at: string | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' }).format(new Date(at))
}

/** A moment of a record, to the second and without the zone: short enough for a list. */
export function moment(at: string | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at))
}

import { useI18n } from 'vue-i18n'
import { bytes, megabits, megahertz } from '@/ui/format'
import { nameList, type Row } from './rows'

type Translate = (key: string, values?: Record<string, string>) => string
type Known = (key: string) => boolean

/** The boot id says nothing to people but this. */
export const isRestart = (row: Row): boolean => row.section === 'host' && row.field === 'bootId' && row.kind === 'changed'

/** What tells one part of its kind from another at a glance. */
const telling: Record<string, string[]> = {
  dimm: ['sizeBytes', 'type', 'manufacturer', 'partNumber'],
  gpu: ['model', 'memoryBytes', 'pciAddress'],
  mig: ['profile', 'memoryBytes'],
  nvlink: ['state', 'speedMbps'],
  disk: ['sizeBytes', 'vendor', 'model', 'serial'],
  raid: ['level', 'sizeBytes', 'state'],
  raidMember: ['state'],
  volume: ['kind', 'sizeBytes'],
  storageController: ['model', 'driver', 'firmware'],
  filesystem: ['device', 'type', 'sizeBytes'],
  interface: ['type', 'driver', 'speedMbps', 'mac'],
  infiniband: ['linkLayer', 'rateGbps', 'state', 'firmware'],
}

/** A change in the reader's language. What the dictionary lacks is told in the inventory's own words. */
export function changeWords(t: Translate, te: Known) {
  const word = (kind: string, name: string) => (te(`changes.${kind}.${name}`) ? t(`changes.${kind}.${name}`) : undefined)

  /** Arrays and their members are in states of their own, told as the Hardware tab tells them. */
  const states: Record<string, string> = { raid: 'raidState', raidMember: 'memberState' }
  const state = (type: string, name: string) => (te(`hw.${states[type]}.${name}`) ? t(`hw.${states[type]}.${name}`) : undefined)

  function title(row: Row): string {
    return row.elements
      .map(({ type, name }, index) => part(type, index === row.elements.length - 1 && row.names.length > 1 ? nameList(row.names) : name))
      .join(' · ')
  }

  /** Boards that print "DIMM_A1" beside the slot have said it already. */
  function part(type: string, name: string): string {
    if (type === 'problem') return name
    const kind = word('part', type) ?? humps(type)
    const shown = type === 'hugepages' && Number.isFinite(Number(name)) ? bytes(Number(name)) : name
    return shown.toLowerCase().startsWith(kind.toLowerCase()) ? shown : `${kind} ${shown}`
  }

  function field(row: Row): string {
    const path = row.field || (row.elements.length ? '' : row.section)
    if (path === '') return ''
    const words = path.split('.').map((name) => word('field', name) ?? humps(name))
    return capital(words.join(' '))
  }

  function value(path: string, it: unknown, type = ''): string {
    if (it === null || it === undefined) return t('common.unknown')
    if (typeof it === 'boolean') return t(it ? 'common.yes' : 'common.no')
    if (typeof it === 'number') return number(path.slice(path.lastIndexOf('.') + 1), it)
    if (typeof it === 'string') return state(type, it) ?? word('value', it) ?? it
    if (Array.isArray(it)) return it.map((item) => value(path, item, type)).join(', ')
    return summary('', it)
  }

  /** What a part is that came or went: its size, its model. */
  function summary(type: string, it: unknown): string {
    if (typeof it !== 'object' || it === null) return ''
    const members = it as Record<string, unknown>
    const names = telling[type] ?? Object.keys(members).filter((name) => !['name', 'index'].includes(name))
    return names
      .filter((name) => ['string', 'number'].includes(typeof members[name]) && members[name] !== '')
      .slice(0, 4)
      .map((name) => value(name, members[name], type))
      .join(' · ')
  }

  /** The old and the new state of a row, or what there is to say of what came or went. */
  function detail(row: Row): { old?: string; now?: string; note?: string } {
    if (isRestart(row)) return {}
    if (row.section === 'problems') return { note: reasonOf(row.now ?? row.old) }
    if (row.items.length) return { note: row.items.join(', ') }
    const type = row.elements.at(-1)?.type ?? ''
    const said = (it: unknown) => value(row.field || row.section, it, type)
    if (row.kind === 'changed') return { old: said(row.old), now: said(row.now) }
    return { note: summary(row.field ? '' : type, row.now ?? row.old) }
  }

  /** The row in one line, for the history. */
  function sentence(row: Row): string {
    if (isRestart(row)) return t('changes.restarted')
    const { old, now, note } = detail(row)
    const about = [row.elements.length ? title(row) : (word('section', row.section) ?? ''), field(row)].filter(Boolean).join(' · ')
    if (row.section === 'problems') return t(`changes.problem.${row.kind}`, { source: title(row) })
    if (row.kind === 'changed') return `${about} ${old} → ${now}`
    return [about, t(`changes.kind.${row.kind}`), row.items.length ? note : ''].filter(Boolean).join(' ')
  }

  return { title, field, detail, sentence }
}

export function useChangeWords() {
  const { t, te } = useI18n()
  return changeWords(
    (key, values) => t(key, values ?? {}),
    (key) => te(key),
  )
}

const units: [suffix: string, write: (value: number) => string][] = [
  ['Bytes', bytes],
  ['Mhz', megahertz],
  ['Mbps', megabits],
  ['Gbps', (value) => `${value} Gb/s`],
  ['Mts', (value) => `${value} MT/s`],
  ['Watts', (value) => `${value} W`],
  ['Volts', (value) => `${value} V`],
  ['Percent', (value) => `${value} %`],
  ['Celsius', (value) => `${value} °C`],
  ['pcieWidth', (value) => `×${value}`],
  ['pcieMaxWidth', (value) => `×${value}`],
  ['pcieMaxGeneration', (value) => `Gen${value}`],
]

const number = (name: string, value: number): string => units.find(([suffix]) => name.endsWith(suffix))?.[1](value) ?? String(value)

/** `fluxLimitWatts` → `flux limit`: units belong to the value. What is no camel case stays as it is. */
const humps = (name: string): string =>
  name
    .replace(/(?<=[a-z0-9])(Bytes|Mhz|Mbps|Gbps|Mts|Watts|Volts|Percent|Celsius)$/, '')
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, hump: string) => `${before} ${hump.toLowerCase()}`)

const capital = (text: string): string => (/^[a-z][a-z]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text)

const reasonOf = (problem: unknown): string => String((problem as { reason?: unknown } | null)?.reason ?? '')

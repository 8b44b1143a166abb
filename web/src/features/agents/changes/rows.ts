import type { ChangedElement, ChangeKind, InventoryChange } from '@/api/types'

/** One line of the list: a change, or several that say the same of several parts. */
export interface Row {
  key: string
  section: string
  kind: ChangeKind
  /** The parts from the outer to the inner one; of the inner one there may be several, in `names`. */
  elements: ChangedElement[]
  names: string[]
  field: string
  old: unknown
  now: unknown
  /** What came into a list of texts, or went out of it. */
  items: string[]
}

/** What belongs together for people, in the order of the hardware page. */
export const groups = {
  host: ['agentVersion', 'host'],
  cpu: ['cpu'],
  memory: ['memory'],
  gpus: ['gpus'],
  disks: ['disks', 'raids', 'volumes', 'storageControllers'],
  filesystems: ['filesystems'],
  network: ['network'],
  infiniband: ['infiniband'],
  problems: ['problems'],
} as const
export type GroupName = keyof typeof groups | 'other'

export interface Group {
  name: GroupName
  rows: Row[]
}

export function grouped(changes: readonly InventoryChange[]): Group[] {
  const rows = rowsOf(changes)
  const known: readonly string[] = Object.values(groups).flat()
  const named = Object.entries(groups).map(([name, sections]) => ({
    name: name as GroupName,
    rows: rows.filter(({ section }) => (sections as readonly string[]).includes(section)),
  }))
  const other = { name: 'other' as const, rows: rows.filter(({ section }) => !known.includes(section)) }
  return [...named, other].filter((group) => group.rows.length > 0)
}

/** Eight GPUs that got the same driver are one row, and so are ten flags of a processor. */
export function rowsOf(changes: readonly InventoryChange[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { path, section, kind, elements, field, old, new: now } of changes) {
    const isItem = field !== '' && kind !== 'changed' && typeof (now ?? old) === 'string'
    const isWholePart = kind !== 'changed' && !isItem
    const inner = elements.at(-1)
    const outer = elements.slice(0, -1).map(({ id }) => id)
    const same = isItem ? [elements.map(({ id }) => id)] : [outer, old, now]
    const key = isWholePart ? path : JSON.stringify([section, kind, inner?.type, field, ...same])
    const row = rows.get(key) ?? { key, section, kind, elements, names: [], field, old, now, items: [] }
    if (inner && !row.names.includes(inner.name)) row.names.push(inner.name)
    if (isItem) row.items.push(String(now ?? old))
    rows.set(key, row)
  }
  return [...rows.values()]
}

/** 0, 1, 2, 5 → "0–2, 5"; other names as they are. */
export function nameList(names: readonly string[], most = 8): string {
  const numbers = names.map(Number)
  if (names.length > 1 && numbers.every((number) => Number.isInteger(number) && number >= 0)) return ranges(numbers.sort((a, b) => a - b))
  const more = names.length - most
  return [...names.slice(0, most), ...(more > 0 ? [`+${more}`] : [])].join(', ')
}

function ranges(numbers: number[]): string {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last && number === last[1] + 1) last[1] = number
    else runs.push([number, number])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ')
}

import { unknown } from '@/ui/format'
import type { Fact } from '@/ui/Facts.vue'

export interface Cell {
  text: string | number | null | undefined
  /** What belongs to the text and matters less. */
  sub?: string | null
  strong?: boolean
  number?: boolean
  mono?: boolean
  bad?: boolean
}

/** Facts that belong together, under a heading where there are several groups. */
export interface FactGroup {
  title?: string
  facts: Fact[]
}

/** A part of a machine: what everybody looks for in cells, the rest in groups that open below. */
export interface Row {
  cells: Cell[]
  more?: FactGroup[]
}

type Text = string | number | null | undefined | false

export const isKnown = (text: Text): boolean => text !== null && text !== undefined && text !== false && text !== '' && text !== unknown

/** What is known of several things, with dots between; null when nothing is. */
export const dotted = (...parts: Text[]): string | null => parts.filter(isKnown).join(' · ') || null

export const spaced = (...parts: Text[]): string | null => parts.filter(isKnown).join(' ') || null

/** The groups without what nobody knows. */
export function known(groups: readonly FactGroup[]): FactGroup[] {
  return groups
    .map((group) => ({ ...group, facts: group.facts.filter(([, value]) => isKnown(value)) }))
    .filter(({ facts }) => facts.length > 0)
}

/** Which columns somebody knows something about: the others say nothing. */
export const columnsOf = (count: number, rows: readonly Row[]): boolean[] =>
  Array.from({ length: count }, (_, index) => rows.some(({ cells }) => isKnown(cells[index]?.text) || isKnown(cells[index]?.sub)))

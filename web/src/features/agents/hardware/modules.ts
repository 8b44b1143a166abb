import type { Inventory } from '@/api/types'
import { bytes } from '@/ui/format'
import { spaced } from './parts'

export type Module = Inventory['memory']['modules'][number]

export const isEmpty = ({ sizeBytes }: Module): boolean => sizeBytes === null

/** What it runs at is what counts; what it is made for, where that is all that is known. */
export const speedOf = ({ configuredMts, speedMts }: Module): number | null => configuredMts ?? speedMts

/** `64 GiB DDR5 4400 MT/s` */
export const kindOf = (module: Module): string =>
  spaced(bytes(module.sizeBytes), module.type, speedOf(module) !== null && `${speedOf(module)} MT/s`) ?? ''

/** How many of each kind, the most frequent first: one that is unlike its neighbours is mostly a mistake. */
export function kindsOf(modules: readonly Module[]): { kind: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const module of modules) if (!isEmpty(module)) counts.set(kindOf(module), (counts.get(kindOf(module)) ?? 0) + 1)
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count)
}

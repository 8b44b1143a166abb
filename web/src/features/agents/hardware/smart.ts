import type { Smart } from '@/api/types'

/** Reallocated and pending: `12 + 3`. */
export function sectors(smart: Smart | null): string | null {
  const counts = [smart?.reallocatedSectors, smart?.pendingSectors].filter((count) => count != null)
  return counts.length ? counts.join(' + ') : null
}

export const sectorsAreBad = (smart: Smart | null): boolean => (smart?.pendingSectors ?? 0) > 0 || (smart?.reallocatedSectors ?? 0) > 0

export const isFailing = (smart: Smart | null): boolean => smart?.passed === false || (smart?.criticalWarning ?? 0) > 0

/** The bits of a NVMe disk's critical warning, as NVMe 1.4 numbers them. */
const warnings = ['spare', 'temperature', 'reliability', 'readOnly', 'backup', 'persistent'] as const

/** What a disk warns of; null when it says nothing of warnings. */
export function warningsOf(smart: Smart | null): (typeof warnings)[number][] | null {
  const bits = smart?.criticalWarning ?? null
  return bits === null ? null : warnings.filter((_, bit) => (bits >> bit) & 1)
}

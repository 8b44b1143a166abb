import type { Inventory } from '@/api/types'

export type Gpu = Inventory['gpus'][number]

/** A message key below `hw.gpuTrouble` with its numbers; `crit` means that the GPU must not be used. */
export interface Trouble {
  key: string
  crit: boolean
  values?: Record<string, number | string>
}

/** What an operator has to know of a GPU before anything else, worst first. */
export function troublesOf(gpu: Gpu): Trouble[] {
  const found: Trouble[] = []
  const add = (when: boolean, key: string, crit: boolean, values?: Trouble['values']) => {
    if (when) found.push({ key, crit, ...(values && { values }) })
  }
  const uncorrected = gpu.ecc?.volatileUncorrected ?? 0
  const down = gpu.nvlinks.filter(({ state }) => state === 'inactive').length
  add(gpu.lost, 'lost', true)
  add(gpu.driver === null, 'noDriver', true)
  add(gpu.remappedRows?.failed === true, 'remapFailed', true)
  add(uncorrected > 0, 'uncorrected', true, { n: uncorrected })
  add(gpu.remappedRows?.pending === true || gpu.retiredPages?.pending === true, 'resetPending', false)
  add(gpu.pcieWidth !== null && gpu.pcieMaxWidth !== null && gpu.pcieWidth < gpu.pcieMaxWidth, 'narrow', false, {
    now: gpu.pcieWidth ?? 0,
    max: gpu.pcieMaxWidth ?? 0,
  })
  // A card without any link in use is not wired for them, as in a workstation.
  add(down > 0 && down < gpu.nvlinks.length, 'linksDown', false, { n: down, of: gpu.nvlinks.length })
  add(gpu.fabric !== null && gpu.fabric.state !== 'completed', 'fabric', false, { state: gpu.fabric?.state ?? '' })
  add(gpu.fabric?.health != null, 'fabricHealth', false, { what: gpu.fabric?.health ?? '' })
  return found
}

/** `Gen5 ×16`; null when nobody knows. */
export function pcie(generation: number | null, width: number | null): string | null {
  return generation === null && width === null ? null : [generation && `Gen${generation}`, width && `×${width}`].filter(Boolean).join(' ')
}

/** Links in use of all; null for a card that has none. */
export function activeLinks({ nvlinks }: Gpu): string | null {
  return nvlinks.length ? `${nvlinks.filter(({ state }) => state === 'active').length} / ${nvlinks.length}` : null
}

/** What one heading can say of all: `8 × NVIDIA H100 80GB HBM3`. */
export function models(gpus: readonly Gpu[]): string[] {
  const counts = new Map<string, number>()
  for (const { model, vendor } of gpus) counts.set(model ?? vendor ?? '?', (counts.get(model ?? vendor ?? '?') ?? 0) + 1)
  return [...counts].map(([model, count]) => (count > 1 ? `${count} × ${model}` : model))
}

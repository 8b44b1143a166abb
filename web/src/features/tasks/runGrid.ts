import { states } from '@/ui/states'
import type { Tokens } from '@/ui/tokens'

export interface Grid {
  cell: number
  columns: number
  rows: number
}

/** The largest squares with which all hosts fit into a width and, if they can, a height: never so small that none can be pointed at. */
export function gridOf(count: number, width: number, height: number): Grid {
  for (let cell = 18; ; cell--) {
    const columns = Math.max(1, Math.floor(width / cell))
    const rows = Math.ceil(count / columns)
    if (cell <= 6 || rows * cell <= height) return { cell, columns, rows }
  }
}

/** Which host lies under a point; undefined beside them. */
export function hostAt({ cell, columns }: Grid, count: number, x: number, y: number): number | undefined {
  const column = Math.floor(x / cell)
  const index = Math.floor(y / cell) * columns + column
  return column >= 0 && column < columns && y >= 0 && index < count ? index : undefined
}

/** Colour and size say the same: what is well or not yet stays small, what needs a look fills its square. */
export function drawCell(context: CanvasRenderingContext2D, grid: Grid, index: number, state: string | undefined, tokens: Tokens): void {
  const tone = states[state ?? '']?.tone ?? 'idle'
  const colours = { good: tokens.good, warn: tokens.warn, crit: tokens.crit, idle: tokens.lineStrong, active: tokens.accent }
  const inset = { good: 0.16, warn: 0.04, crit: 0.04, idle: 0.3, active: 0.16 }[tone] * grid.cell
  const x = (index % grid.columns) * grid.cell
  const y = Math.floor(index / grid.columns) * grid.cell
  context.globalAlpha = tone === 'good' ? 0.7 : 1
  context.fillStyle = colours[tone]
  context.fillRect(x + inset, y + inset, grid.cell - 2 * inset, grid.cell - 2 * inset)
}

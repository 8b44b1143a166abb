import { describe, expect, test } from 'vitest'
import { gridOf, hostAt } from './runGrid'

describe('gridOf', () => {
  test('gives few hosts large squares', () => {
    expect(gridOf(24, 900, 160)).toEqual({ cell: 18, columns: 50, rows: 1 })
  })

  test('shrinks the squares until all hosts fit', () => {
    const grid = gridOf(1500, 1100, 160)
    expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(1500)
    expect(grid.rows * grid.cell).toBeLessThanOrEqual(160)
  })

  test('grows higher rather than too small to point at', () => {
    const grid = gridOf(15_000, 350, 160)
    expect(grid.cell).toBe(6)
    expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(15_000)
  })
})

describe('hostAt', () => {
  const grid = { cell: 10, columns: 5, rows: 3 }

  test('finds the host under a point', () => {
    expect(hostAt(grid, 12, 0, 0)).toBe(0)
    expect(hostAt(grid, 12, 49, 9)).toBe(4)
    expect(hostAt(grid, 12, 15, 25)).toBe(11)
  })

  test('finds none beside them', () => {
    expect(hostAt(grid, 12, 50, 5)).toBeUndefined()
    expect(hostAt(grid, 12, 25, 25)).toBeUndefined()
    expect(hostAt(grid, 12, -1, 5)).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { timeLabels } from './chartOptions'

const noon = Date.UTC(2026, 10, 24, 12) / 1000
const marks = (apart: number, count: number) => Array.from({ length: count }, (_, mark) => noon + mark * apart)

describe('timeLabels', () => {
  it.each([
    ['seconds', 15, 8],
    ['half minutes', 30, 6],
    ['minutes', 60, 10],
    ['hours', 3600, 12],
    ['quarters of days', 21_600, 12],
    ['days', 86_400, 14],
    ['weeks', 604_800, 26],
  ])('%s apart are all different', (_, apart, count) => {
    for (const locale of ['en-GB', 'zh-CN']) expect(new Set(timeLabels(marks(apart, count), apart, locale)).size).toBe(count)
  })
})

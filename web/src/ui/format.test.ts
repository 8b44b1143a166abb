import { describe, expect, it } from 'vitest'
import { chooseLanguage } from '@/i18n'
import { bytes, bytesPerSecond, decimal, duration, megabits, megahertz, percent, relative } from './format'

describe('bytes', () => {
  // As `numfmt --to=iec-i` scales them, with three significant digits.
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1048576, '1 MiB'],
    [2164185317376, '1.97 TiB'],
    [85899345920, '80 GiB'],
    [1048575, '1 MiB'],
    [null, '–'],
    [undefined, '–'],
    [NaN, '–'],
  ])('%s → %s', (value, text) => expect(bytes(value)).toBe(text))
})

it('never shows the unknown as a number', () => {
  for (const format of [bytes, bytesPerSecond, percent, decimal, duration, megahertz, megabits]) expect(format(null)).toBe('–')
})

it.each([
  [0, '0.0%'],
  [12.34, '12.3%'],
  [99.94, '99.9%'],
  [99.96, '100%'],
  [100, '100%'],
])('percent %s → %s', (value, text) => expect(percent(value)).toBe(text))

it.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [1240, '1.24 s'],
  [9996, '10.0 s'],
  [59_994, '60.0 s'],
  [60_000, '1 min'],
  [192_000, '3 min 12 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [356_400_000, '4 d 3 h'],
  [-1, '–'],
])('duration %s → %s', (value, text) => expect(duration(value)).toBe(text))

it('says megahertz and link speeds in the unit people use', () => {
  expect(megahertz(800)).toBe('800 MHz')
  expect(megahertz(3800)).toBe('3.80 GHz')
  expect(megabits(100)).toBe('100 Mb/s')
  expect(megabits(25_000)).toBe('25 Gb/s')
  expect(megabits(-1)).toBe('–')
})

it('tells the age in the reader’s language', () => {
  expect(relative(0, 185_000, 'en')).toBe('3 min. ago')
  expect(relative(0, 185_000, 'zh-CN')).toBe('3分钟前')
})

it('says lengths of time in the reader’s language', () => {
  chooseLanguage('zh')
  expect([duration(850), duration(192_000), duration(356_400_000)]).toEqual(['850 毫秒', '3 分钟 12 秒', '4 天 3 小时'])
  chooseLanguage('en')
})

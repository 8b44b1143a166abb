import { describe, expect, it } from 'vitest'
import { columnsOf, dotted, known } from './parts'

it('joins what is known, zero included', () => {
  expect(dotted('up', null, 0, '', false, '–', 'fast')).toBe('up · 0 · fast')
  expect(dotted(null, '')).toBeNull()
})

describe('known', () => {
  it('leaves out unknown facts and groups without any', () =>
    expect(
      known([
        {
          title: 'a',
          facts: [
            ['x', null],
            ['y', 0],
          ],
        },
        { title: 'b', facts: [['z', '–']] },
      ]),
    ).toEqual([{ title: 'a', facts: [['y', 0]] }]))
})

it('shows a column as soon as one part knows something about it', () =>
  expect(
    columnsOf(3, [{ cells: [{ text: 'a' }, { text: null }, { text: null }] }, { cells: [{ text: 'b' }, { text: null, sub: 'c' }] }]),
  ).toEqual([true, true, false]))

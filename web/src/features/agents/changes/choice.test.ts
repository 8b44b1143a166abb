import { describe, expect, it } from 'vitest'
import { formatChoice, parseChoice, questionFor } from './choice'

const [monday, friday] = ['2026-11-23T10:00:00.000Z', '2026-11-27T10:00:00.000Z']

describe('the address', () => {
  it.each([
    ['', null],
    ['7d', { span: '7d' }],
    [`${monday}..${friday}`, { from: monday, to: friday }],
    [`${monday}..`, { from: monday, to: null }],
  ])('%s is read and written', (text, choice) => {
    expect(parseChoice(text)).toEqual(choice)
    expect(formatChoice(parseChoice(text))).toBe(text)
  })

  it.each(['8d', '..', `..${friday}`, 'yesterday..', `${monday}..never`, monday])('%s is no choice', (text) =>
    expect(parseChoice(text)).toBeNull(),
  )
})

describe('questionFor', () => {
  const now = Date.parse(friday)

  it('leaves the last change to the center', () => expect(questionFor(null, now)).toEqual({}))

  it('reaches back a span from now', () => expect(questionFor({ span: '7d' }, now)).toEqual({ from: '2026-11-20T10:00:00.000Z' }))

  it('begins with the history where that is shorter', () => {
    expect(questionFor({ span: '7d' }, now, monday)).toEqual({ from: monday })
    expect(questionFor({ span: '24h' }, now, monday)).toEqual({ from: '2026-11-26T10:00:00.000Z' })
  })

  it('asks for two moments, or for one until now', () => {
    expect(questionFor({ from: monday, to: friday }, now)).toEqual({ from: monday, to: friday })
    expect(questionFor({ from: monday, to: null }, now)).toEqual({ from: monday })
  })
})

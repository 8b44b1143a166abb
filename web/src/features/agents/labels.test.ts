import { expect, it } from 'vitest'
import { formatPairs, parsePairs } from './labels'

it('reads a label a line, and the value may hold an equals sign', () => {
  expect(parsePairs('rack=12\n\n  zone = a=b \nempty=')).toEqual({ pairs: { rack: '12', zone: 'a=b', empty: '' }, fault: null })
})

it('names the line that is no label', () => {
  expect(parsePairs('a=1\nnonsense').fault).toEqual({ kind: 'bad', line: 2 })
  expect(parsePairs('=x').fault).toEqual({ kind: 'bad', line: 1 })
})

it('names a key that is there twice', () => {
  expect(parsePairs('a=1\na=2').fault).toEqual({ kind: 'twice', key: 'a' })
})

it('writes what it reads', () => {
  const pairs = { a: '1', b: '' }
  expect(parsePairs(formatPairs(pairs)).pairs).toEqual(pairs)
})

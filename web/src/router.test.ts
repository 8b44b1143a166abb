import { expect, it } from 'vitest'
import { safeNext } from './router'

it.each([
  ['/agents?status=online', '/agents?status=online'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  [undefined, '/'],
])('after signing in, %s leads to %s', (next, path) => expect(safeNext(next)).toBe(path))

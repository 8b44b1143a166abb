import { describe, expect, it } from 'vitest'
import { readParam, withParam } from './useUrlState'

describe('the address as state', () => {
  it('keeps the others and leaves a default out', () => {
    expect(withParam({ a: '1', sort: 'x' }, 'sort', 'y', 'hostname')).toEqual({ a: '1', sort: 'y' })
    expect(withParam({ a: '1', sort: 'x' }, 'sort', 'hostname', 'hostname')).toEqual({ a: '1' })
  })

  it('reads the first of several, and the default for nothing or nonsense', () => {
    expect(readParam({ tab: ['raw', 'tasks'] }, 'tab', 'summary')).toBe('raw')
    expect(readParam({}, 'tab', 'summary')).toBe('summary')
    expect(readParam({ tab: 'evil' }, 'tab', 'summary', ['summary', 'raw'])).toBe('summary')
  })
})

import { expect, test } from 'vitest'
import { keysByRequest, newKey } from './onceKey'

test('what is asked again has its key again, what is asked otherwise has another', () => {
  const keyOf = keysByRequest()
  const first = keyOf({ command: 'reboot' })
  expect(keyOf({ command: 'reboot' })).toBe(first)
  expect(keyOf({ command: 'uptime' })).not.toBe(first)
  expect(keysByRequest()({ command: 'reboot' })).not.toBe(first)
})

test('a key is as the center takes it', () => {
  expect(newKey()).toMatch(/^[0-9a-z]{4,128}$/)
})

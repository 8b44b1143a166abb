import { expect, test } from 'vitest'
import { wholeList } from './wholeList'

test('a list of several pages is read to its end, each page once', async () => {
  const read = async ({ cursor = '0' }: { cursor?: string }) => ({
    items: [`${cursor}a`, `${cursor}b`],
    nextCursor: cursor === '2' ? null : String(Number(cursor) + 1),
    total: 6,
  })
  expect(await wholeList(read)).toEqual(['0a', '0b', '1a', '1b', '2a', '2b'])
})

import type { Page } from './types'

/** As many as the center gives at once. */
const most = 1000

/** A list that is shown whole, page after page. */
export async function wholeList<Item>(read: (query: { limit: number; cursor?: string }) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = ''
  do {
    const page: Page<Item> = await read({ limit: most, ...(cursor ? { cursor } : {}) })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return items
}

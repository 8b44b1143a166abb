import type { QueryClient, QueryKey } from '@tanstack/vue-query'

/** Asks the center again, also where an answer is still on its way: it may be from before the feed began to tell. */
export async function rereadQueries(client: QueryClient, ...keys: QueryKey[]): Promise<void> {
  await Promise.all(keys.map((queryKey) => client.cancelQueries({ queryKey })))
  await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })))
}

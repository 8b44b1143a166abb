import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'

/** A list that this page also changes: fetched whole, and again after every change. */
export function useManaged<Item, New, Made>(
  key: string,
  list: () => Promise<Item[]>,
  create: (item: New) => Promise<Made>,
  remove: (id: string) => Promise<unknown>,
) {
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: [key] })
  const query = useQuery({ queryKey: [key], queryFn: list })
  const creation = useMutation({ mutationFn: create, onSuccess: refresh })
  const items = computed(() => query.data.value ?? [])

  async function removeOne(id: string): Promise<void> {
    await remove(id)
    await refresh()
  }
  return { query, items, creation, removeOne }
}

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import { questionFor, type Choice } from './choice'

const momentsPerPage = 30

/** A host's history, newest first, and what changed between two moments of it. */
export function useChanges(agent: MaybeRefOrGetter<string>, choice: MaybeRefOrGetter<Choice>) {
  const id = computed(() => toValue(agent))
  const history = useInfiniteQuery({
    queryKey: ['inventoryHistory', id, 'moments'],
    queryFn: ({ pageParam }) => api.inventoryHistory(id.value, { limit: momentsPerPage, cursor: pageParam }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  })
  const moments = computed(() => history.data.value?.pages.flatMap(({ items }) => items) ?? [])
  const total = computed(() => history.data.value?.pages[0]?.total ?? 0)
  const begin = computed(() => (history.hasNextPage.value ? undefined : moments.value.at(-1)?.collectedAt))

  const changes = useQuery({
    queryKey: ['inventoryChanges', id, computed(() => toValue(choice)), begin],
    queryFn: () => api.inventoryChanges(id.value, questionFor(toValue(choice), Date.now(), begin.value)),
    enabled: computed(() => total.value > 1),
    placeholderData: keepPreviousData,
  })

  return { history, moments, total, changes }
}

import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api/client'
import { refDebounced } from '@/ui/refDebounced'
import { useUrlState } from '@/ui/useUrlState'

/** The areas of actions, as the center names them. */
export const areas = ['task', 'auth', 'agent', 'user', 'token', 'enrolToken'] as const
export type Area = (typeof areas)[number]

/** The record of who did what, newest first, page by page. */
export function useAudit() {
  const who = useUrlState<string>('who', '')
  const area = useUrlState<string>('area', '')
  const settledWho = refDebounced(who, 300)
  const chosen = computed<Area[]>({
    get: () => areas.filter((one) => one === area.value),
    set: (list) => (area.value = list.at(-1) ?? ''),
  })
  const query = useInfiniteQuery({
    queryKey: ['audit', settledWho, area],
    queryFn: ({ pageParam }) =>
      api.audit({
        who: settledWho.value,
        action: chosen.value[0] ? `${chosen.value[0]}.` : '',
        limit: 50,
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor || undefined,
    placeholderData: keepPreviousData,
  })
  const entries = computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? [])
  const total = computed(() => query.data.value?.pages[0]?.total ?? 0)
  const filtered = computed(() => !!(who.value || area.value))
  return { who, chosen, query, entries, total, filtered }
}

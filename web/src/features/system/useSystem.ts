import { useQuery } from '@tanstack/vue-query'
import { api } from '@/api/client'
import { me } from '@/features/identity/session'

/** What the center says about itself: one answer for all who ask, asked again every `period` milliseconds while somebody is signed in. */
export const useSystem = (period: number) =>
  useQuery({ queryKey: ['system'], queryFn: api.system, refetchInterval: period, enabled: () => !!me.value })

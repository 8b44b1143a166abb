import { QueryClient } from '@tanstack/vue-query'
import { ApiProblem } from './problem'

/** An answer that will not change by asking again. */
const final = (error: unknown) => error instanceof ApiProblem && error.status >= 400 && error.status < 500

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Answers are replaced, never changed in place: to watch each point of a chart takes longer than to draw it.
      shallow: true,
      staleTime: 15_000,
      retry: (failures, error) => !final(error) && failures < 2,
      refetchOnWindowFocus: true,
    },
  },
})

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { RolloutSpec } from '@/api/types'
import { refDebounced } from '@/ui/refDebounced'
import { useProblem } from '@/ui/useProblem'
import { mostNamed, rolloutOf, targetOf, type RunForm } from './runForm'

/** What the preview shows of a rollout, or finds wrong with it: not how long it pauses, which would only be asked again. */
const sizesOf = (rollout: RolloutSpec) => ({ batches: rollout.batches, maxParallel: rollout.maxParallel, maxFailures: rollout.maxFailures })

/** The center's answer to a question that is still being written; null stands for none. */
function useAnswer(question: () => object | null) {
  const text = computed(() => JSON.stringify(question()))
  const asked = refDebounced(text, 250)
  const query = useQuery({
    queryKey: ['task-preview', asked] as const,
    queryFn: ({ queryKey: [, settled] }) => api.previewTask(JSON.parse(settled)),
    placeholderData: keepPreviousData,
    enabled: () => asked.value !== 'null',
    retry: false,
    refetchInterval: 15_000,
  })
  const isAsked = computed(() => text.value !== 'null')
  const isCurrent = computed(() => isAsked.value && asked.value === text.value && !query.isPending.value && !query.isPlaceholderData.value)
  return {
    /** Whether it is answered as it stands, and not as it was before the last key. */
    isCurrent,
    /** Stands until the next one is there. */
    latest: computed(() => (isAsked.value ? (query.data.value ?? null) : null)),
    error: computed(() => (isCurrent.value ? query.error.value : null)),
  }
}

/** Where the task of a form would run, and in which batches, asked while it is written. Two questions: whatever is wrong with the way over the hosts,
 * they are the same. A few hosts that are chosen one by one need no asking, and more only for how many are away. */
export function useTargetPreview(form: RunForm) {
  const describe = useProblem()
  // The field shows what is wrong with itself, so its name need not stand there.
  const errorsOf = (error: unknown) => (error instanceof ApiProblem ? error.errors : {})
  const faultOf = (error: unknown) => errorsOf(error)['target.selector']?.[0] ?? describe(error)
  const target = computed(() => targetOf(form))
  const rollout = computed(() => rolloutOf(form))
  const hosts = useAnswer(() =>
    target.value && (form.target !== 'these' || form.agents.length > mostNamed) ? { target: target.value } : null,
  )
  const way = useAnswer(() => (target.value && rollout.value ? { target: target.value, rollout: sizesOf(rollout.value) } : null))
  return {
    preview: computed(() => (hosts.isCurrent.value ? hosts.latest.value : null)),
    fault: computed(() => (hosts.error.value ? faultOf(hosts.error.value) : null)),
    /** With its batches; null where it is wrong. */
    sizes: way.latest,
    /** Whether both are answered as far as they are asked. */
    isCurrent: computed(() => (form.target === 'these' || hosts.isCurrent.value) && (!rollout.value || way.isCurrent.value)),
    /** What is wrong with the rollout, by field. */
    rolloutFaults: computed<Record<string, string | undefined>>(() =>
      Object.fromEntries(
        Object.entries(errorsOf(way.error.value))
          .filter(([field]) => field.startsWith('rollout.'))
          .map(([field, [first]]) => [field.replace('rollout.', ''), first]),
      ),
    ),
  }
}

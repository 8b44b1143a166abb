import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, watchEffect } from 'vue'
import { api } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { RolloutSpec, TaskPreview } from '@/api/types'
import { refDebounced } from '@/ui/refDebounced'
import { useProblem } from '@/ui/useProblem'
import { rolloutOf, targetOf, type RunForm } from './runForm'

/** What the preview shows of a rollout, or finds wrong with it: not how long it pauses, which would only be asked again. */
const sizesOf = (rollout: RolloutSpec | null) =>
  rollout && { batches: rollout.batches, maxParallel: rollout.maxParallel, maxFailures: rollout.maxFailures }

const targetIn = (question: string) => JSON.stringify((JSON.parse(question) as { target: unknown } | null)?.target ?? null)

/** Where the task of a form would run, asked while the target is written; hosts that are chosen one by one need no asking. */
export function useTargetPreview(form: RunForm) {
  const describe = useProblem()
  // The field shows what is wrong with itself, so its name need not stand there.
  const errorsOf = (error: unknown) => (error instanceof ApiProblem ? error.errors : {})
  const faultOf = (error: unknown) => errorsOf(error)['target.selector']?.[0] ?? describe(error)
  const isAsked = computed(() => (form.target !== 'these' || form.rollout.inBatches) && targetOf(form) !== null)
  const question = computed(() => (isAsked.value ? { target: targetOf(form), rollout: sizesOf(rolloutOf(form)) } : null))
  const text = computed(() => JSON.stringify(question.value))
  const asked = refDebounced(text, 250)
  const query = useQuery({
    queryKey: ['task-preview', asked] as const,
    queryFn: async ({ queryKey: [, question] }) => ({
      target: targetIn(question),
      preview: await api.previewTask(JSON.parse(question)),
    }),
    enabled: () => asked.value !== 'null',
    retry: false,
    refetchInterval: 15_000,
  })
  const isCurrent = computed(() => isAsked.value && asked.value === text.value && !query.isPending.value)
  // The hosts stand still while only the way over them is written, wrong or right; those of another target are never shown.
  const answered = shallowRef<{ target: string; preview: TaskPreview }>()
  watchEffect(() => (answered.value = query.data.value ?? answered.value))
  const rolloutFaults = computed(() =>
    Object.entries(isCurrent.value ? errorsOf(query.error.value) : {}).filter(([field]) => field.startsWith('rollout.')),
  )
  return {
    preview: computed(() => (isAsked.value && answered.value?.target === targetIn(text.value) ? answered.value.preview : null)),
    /** Whether the preview is of the form as it stands, and not of the one before the last key. */
    isCurrent,
    fault: computed(() => (isCurrent.value && query.error.value && !rolloutFaults.value.length ? faultOf(query.error.value) : null)),
    /** What is wrong with the rollout, by field. */
    rolloutFaults: computed<Record<string, string | undefined>>(() =>
      Object.fromEntries(rolloutFaults.value.map(([field, [first]]) => [field.replace('rollout.', ''), first])),
    ),
  }
}

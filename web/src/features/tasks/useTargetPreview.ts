import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { refDebounced } from '@/ui/refDebounced'
import { useProblem } from '@/ui/useProblem'
import { targetOf, type RunForm } from './runForm'

/** Where the task of a form would run, asked while the target is written; hosts that are chosen one by one need no asking. */
export function useTargetPreview(form: RunForm) {
  const describe = useProblem()
  // The field shows what is wrong with itself, so its name need not stand there.
  const faultOf = (error: unknown) => (error instanceof ApiProblem && error.errors['target.selector']?.[0]) || describe(error)
  const target = computed(() => (form.target === 'these' ? null : targetOf(form)))
  const text = computed(() => JSON.stringify(target.value))
  const asked = refDebounced(text, 250)
  const query = useQuery({
    queryKey: ['task-preview', asked],
    queryFn: () => api.previewTask({ target: JSON.parse(asked.value) }),
    enabled: () => asked.value !== 'null',
    retry: false,
    refetchInterval: 15_000,
  })
  const isCurrent = computed(() => target.value !== null && asked.value === text.value)
  return {
    preview: computed(() => (isCurrent.value ? (query.data.value ?? null) : null)),
    fault: computed(() => (isCurrent.value && query.error.value ? faultOf(query.error.value) : null)),
  }
}

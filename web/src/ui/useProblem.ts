import { useI18n } from 'vue-i18n'
import { ApiProblem, problemText, unreachable } from '@/api/problem'

/** Says in the reader's language what went wrong, and keeps the center's own words where it has some. */
export function useProblem(): (error: unknown) => string {
  const { t } = useI18n()
  return (error) => {
    if (error instanceof ApiProblem && (error.status === unreachable || error.status === 502 || error.status === 504))
      return t('common.unreachable')
    if (error instanceof ApiProblem && error.status === 403) return t('common.forbidden')
    if (error instanceof ApiProblem && error.code === 'store.uncertain') return t('store.uncertain')
    if (error instanceof ApiProblem && error.code === 'audit.unavailable') return t('store.unrecorded')
    return problemText(error)
  }
}

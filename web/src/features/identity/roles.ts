import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

export const roles = ['viewer', 'operator', 'admin'] as const

export function useRoleOptions() {
  const { t } = useI18n()
  return computed(() => roles.map((value) => ({ value, label: `${t(`role.${value}`)} · ${t(`roleHelp.${value}`)}` })))
}

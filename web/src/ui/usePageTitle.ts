import { onScopeDispose, shallowRef, watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'

const shown = shallowRef('')

/** What a page shows has a name: it leads the title of the window for as long as the caller lives. */
export function usePageName(name: () => string | undefined): void {
  let mine = ''
  watchEffect(() => (shown.value = mine = name() ?? ''))
  onScopeDispose(() => {
    if (shown.value === mine) shown.value = ''
  })
}

/** Windows and their history are told apart by their titles, and who hears a page hears its title first. */
export function usePageTitle(): void {
  const { t } = useI18n()
  const route = useRoute()
  watchEffect(() => {
    const { title } = route.meta
    document.title = [shown.value, title && t(title), 'Nerve'].filter(Boolean).join(' · ')
  })
}

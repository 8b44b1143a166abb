import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { refDebounced } from '../refDebounced'
import { Languages, ListChecks, Moon, Plus, Server, Sun, Terminal } from '@lucide/vue'
import { computed, type Component, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter, type RouteLocationRaw } from 'vue-router'
import { api } from '@/api/client'
import { taskTitle } from '@/features/tasks/taskTitle'
import { canAdminister, canOperate } from '@/features/identity/session'
import { chooseLanguage } from '@/i18n'
import { isDark, themeChoice } from '../theme'
import { places } from './navigation'

export interface Entry {
  id: string
  label: string
  note?: string
  icon: Component
  act: () => void
}

export function usePalette(query: Ref<string>) {
  const { t, locale } = useI18n()
  const router = useRouter()
  const wanted = refDebounced(query, 120)
  const go = (to: RouteLocationRaw) => () => void router.push(to)
  const fits = (label: string) => label.toLowerCase().includes(query.value.trim().toLowerCase())

  const hosts = useQuery({
    queryKey: ['palette', 'agents', wanted],
    queryFn: () => api.agents({ q: wanted.value, limit: 7 }),
    placeholderData: keepPreviousData,
  })
  const tasks = useQuery({
    queryKey: ['palette', 'tasks', wanted],
    queryFn: () => api.tasks({ q: wanted.value, limit: 5 }),
    placeholderData: keepPreviousData,
  })

  const pages = computed<Entry[]>(() =>
    places
      .map(({ name, icon, key }) => ({ id: name, label: t(`nav.${name}`), note: key, icon, act: go({ name }) }))
      .filter((entry) => fits(entry.label)),
  )
  const actions = computed<Entry[]>(() => {
    const theme = isDark.value ? 'light' : 'dark'
    return [
      ...(canOperate.value ? [{ id: 'run', label: t('palette.run'), icon: Terminal, act: go({ name: 'run' }) }] : []),
      ...(canAdminister.value ? [{ id: 'enroll', label: t('palette.enroll'), icon: Plus, act: go({ name: 'enrolment' }) }] : []),
      { id: 'theme', label: t(`palette.${theme}`), icon: isDark.value ? Sun : Moon, act: () => (themeChoice.value = theme) },
      {
        id: 'language',
        label: t('palette.language'),
        note: locale.value === 'zh' ? 'English' : '简体中文',
        icon: Languages,
        act: () => chooseLanguage(locale.value === 'zh' ? 'en' : 'zh'),
      },
    ].filter((entry) => fits(entry.label))
  })
  const hostEntries = computed<Entry[]>(() =>
    (hosts.data.value?.items ?? []).map((agent) => ({
      id: agent.id,
      label: agent.hostname,
      note: [t(`status.${agent.status}`), agent.cluster].filter(Boolean).join(' · '),
      icon: Server,
      act: go({ name: 'agent', params: { id: agent.id } }),
    })),
  )
  const taskEntries = computed<Entry[]>(() =>
    (tasks.data.value?.items ?? []).map((task) => ({
      id: task.id,
      label: taskTitle(task),
      note: t(`state.${task.state}`),
      icon: ListChecks,
      act: go({ name: 'task', params: { id: task.id } }),
    })),
  )
  const groups = computed(() =>
    [
      { title: t('palette.hosts'), entries: query.value ? hostEntries.value : [] },
      { title: t('palette.pages'), entries: pages.value },
      { title: t('palette.actions'), entries: actions.value },
      { title: t('palette.hosts'), entries: query.value ? [] : hostEntries.value.slice(0, 4) },
      { title: t('palette.tasks'), entries: taskEntries.value },
    ].filter((group) => group.entries.length > 0),
  )
  const failed = computed(() => hosts.isError.value || tasks.isError.value)
  return { groups, failed }
}

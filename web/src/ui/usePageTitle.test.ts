import { flushPromises, mount } from '@vue/test-utils'
import { h } from 'vue'
import { expect, test } from 'vitest'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { i18n } from '@/i18n'
import { usePageName, usePageTitle } from './usePageTitle'

const Host = { setup: () => (usePageName(() => 'node-1'), () => null) }
const App = { setup: () => (usePageTitle(), () => h(RouterView)) }

test('a window is named by its page, and by what that shows', async () => {
  const routes = [
    { path: '/', component: { render: () => null } },
    { path: '/agents', component: { render: () => null }, meta: { title: 'agents.title' } },
    { path: '/agents/1', component: Host, meta: { title: 'agents.title' } },
  ]
  const router = createRouter({ history: createMemoryHistory(), routes })
  const titles: string[] = []
  await router.push('/')
  mount(App, { global: { plugins: [router, i18n] } })
  for (const path of ['/agents', '/agents/1', '/agents', '/']) {
    await router.push(path)
    await flushPromises()
    titles.push(document.title)
  }
  i18n.global.locale.value = 'zh'
  await router.push('/agents')
  await flushPromises()
  expect([...titles, document.title]).toEqual(['Agents · Nerve', 'node-1 · Agents · Nerve', 'Agents · Nerve', 'Nerve', '主机 · Nerve'])
  i18n.global.locale.value = 'en'
})

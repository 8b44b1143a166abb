import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n } from '@/i18n'
import AppShell from './AppShell.vue'

afterEach(() => document.body.replaceChildren())

const page = { template: '<input class="here" />' }

async function opened() {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:rest(.*)*', component: page }],
  })
  await router.push('/agents')
  const stubs = { SideNav: true, TopBar: true, BottomNav: true, ConnectionBanner: true, SystemBanner: true }
  mount(AppShell, { attachTo: document.body, global: { plugins: [router, i18n], stubs } })
  const go = async (path: string) => {
    await router.push(path)
    await flushPromises()
    return document.activeElement
  }
  return go
}

test('the focus follows to another page, and stays where it is in the same', async () => {
  const go = await opened()
  const link = document.body.appendChild(document.createElement('button'))
  link.focus()
  expect(await go('/agents?q=a')).toBe(link)
  expect((await go('/tasks'))?.id).toBe('main')
  document.querySelector<HTMLElement>('.here')?.focus()
  expect((await go('/run'))?.className).toBe('here')
})

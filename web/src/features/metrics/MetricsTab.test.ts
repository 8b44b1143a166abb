import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { ApiProblem } from '@/api/problem'
import type { AgentSummary } from '@/api/types'
import { i18n } from '@/i18n'
import MetricsTab from './MetricsTab.vue'

const api = vi.hoisted(() => ({ latestMetrics: vi.fn(), metrics: vi.fn() }))
vi.mock('@/api/client', () => ({ api }))
vi.mock('./TimeChart.vue', () => ({ default: { template: '<b>chart</b>' } }))

test('a history that could not be had is no blank chart', async () => {
  api.latestMetrics.mockResolvedValue({ at: '2026-11-30T00:00:00Z', values: { 'cpu.used_percent': 1 } })
  api.metrics.mockRejectedValue(new ApiProblem(503, 'Unavailable', 'The database is away.', null))
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: MetricsTab }] })
  const tab = mount(MetricsTab, {
    props: { agent: { id: 'a' } as AgentSummary },
    global: { plugins: [i18n, createPinia(), router, [VueQueryPlugin, { queryClient }]], stubs: { TimeBar: true } },
  })
  await flushPromises()
  await flushPromises()
  expect(tab.text()).toContain('The database is away.')
  expect(tab.text()).not.toContain('chart')
})

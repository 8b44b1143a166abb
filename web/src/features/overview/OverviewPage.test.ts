import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { AgentSummary, FleetSummary, Page, Task } from '@/api/types'
import { en } from '@/i18n/en'
import { i18n } from '@/i18n'
import OverviewPage from './OverviewPage.vue'

type Query = { status?: string; state?: string; limit?: number }
const fleet = vi.hoisted(() => vi.fn<() => Promise<FleetSummary>>())
const agents = vi.hoisted(() => vi.fn<(query: Query) => Promise<Page<AgentSummary>>>())
const tasks = vi.hoisted(() => vi.fn<(query: Query) => Promise<Page<Task>>>())
vi.mock('@/api/client', () => ({ api: { fleet, agents, tasks }, whenSignedOut: vi.fn() }))
vi.mock('vue-router', () => ({ useRouter: () => ({ push: vi.fn() }) }))

const page = <T>(items: T[]): Page<T> => ({ items, nextCursor: null, total: items.length })
const never = () => new Promise<never>(() => undefined)
const away = () => Promise.reject(new Error('the center is away'))

const summary: FleetSummary = {
  total: 6010,
  online: 6000,
  suspect: 0,
  offline: 10,
  clusters: [],
  capacity: { cpuThreads: 768_000, memoryBytes: 6000 * 2 ** 40, gpuCount: 48_000 },
  averages: { 'cpu.used_percent': { mean: 20, agents: 6000 }, 'memory.used_percent': { mean: 30, agents: 5990 } },
}
const host = (id: string, cpu: number) =>
  ({
    id,
    hostname: id,
    status: 'online',
    gpuCount: 8,
    cpuThreads: 128,
    memoryBytes: 2 ** 40,
    metrics: { 'cpu.used_percent': cpu },
  }) as unknown as AgentSummary
const task = (id: string, state: Task['state'], createdAt: string) =>
  ({ id, name: id, kind: 'command', state, createdAt, counts: { pending: 0, running: 1, succeeded: 0, failed: 0 } }) as unknown as Task

/** Twelve newer tasks than the one that still runs. */
const short = Array.from({ length: 12 }, (_, n) => task(`short-${n}`, 'succeeded', `2026-01-02T00:00:${10 + n}Z`))
const long = task('long-run', 'running', '2026-01-01T00:00:00Z')

beforeEach(() => {
  i18n.global.locale.value = 'en'
  fleet.mockResolvedValue(summary)
  agents.mockImplementation(({ status, limit }) =>
    Promise.resolve(
      status === 'online' ? { ...page(Array.from({ length: limit ?? 0 }, (_, n) => host(`n${n}`, 97))), total: 6000 } : page([]),
    ),
  )
  tasks.mockImplementation(({ state, limit }) =>
    Promise.resolve(page([...short, long].filter((one) => !state || one.state === state).slice(0, limit))),
  )
})

async function opened(): Promise<VueWrapper> {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const plugins = [createPinia(), i18n, [VueQueryPlugin, { queryClient }] as [typeof VueQueryPlugin, object]]
  const overview = mount(OverviewPage, { global: { plugins, stubs: { RouterLink: { template: '<a><slot /></a>' } } } })
  await flushPromises()
  return overview
}

/** The panel of this title, or nothing. */
const panel = (overview: VueWrapper, title: string) =>
  overview.findAll('.panel').find((one) => one.find('h2').exists() && one.find('h2').text() === title)

test('averages and capacity are those of the whole fleet, not of the hosts that are listed', async () => {
  const text = panel(await opened(), en.overview.averages)?.text()
  expect(text).toContain('over 6000 reporting hosts')
  expect(text).toContain('20.0%')
  expect(text).toContain('48,000')
  expect(text).toContain((768_000).toLocaleString())
})

test('a task that runs is in flight, however many newer ones are over', async () => {
  expect(panel(await opened(), en.overview.inFlight)?.text()).toContain('long-run')
})

test('nothing runs only once the center said so', async () => {
  tasks.mockImplementation(never)
  expect(panel(await opened(), en.overview.inFlight)?.text()).not.toContain(en.overview.nothingInFlight)
  tasks.mockResolvedValue(page([]))
  expect(panel(await opened(), en.overview.inFlight)?.text()).toContain(en.overview.nothingInFlight)
})

test.each([en.overview.inFlight, en.overview.recent])('%s: what could not be loaded can be asked for again', async (title) => {
  tasks.mockImplementation(away)
  const overview = await opened()
  expect(panel(overview, title)?.text()).toContain('the center is away')
  tasks.mockResolvedValue(page([long, ...short]))
  await panel(overview, title)?.find('[role=alert] button').trigger('click')
  await flushPromises()
  expect(panel(overview, title)?.text()).toContain(title === en.overview.recent ? 'short-11' : 'long-run')
})

test('hosts that could not be loaded are not hosts that report nothing', async () => {
  agents.mockImplementation(away)
  const overview = await opened()
  expect(panel(overview, en.overview.busiest)?.text()).not.toContain(en.overview.noBusy)
  expect(panel(overview, en.overview.busiest)?.text()).toContain('the center is away')
  expect(panel(overview, en.overview.attention)?.text()).toContain('the center is away')
})

test('the busiest hosts stand in the order of what they use now', async () => {
  agents.mockResolvedValue(page([host('calmer', 90), host('busiest', 99), host('busy', 95)]))
  const overview = await opened()
  const names = panel(overview, en.overview.busiest)?.findAll('td.name')
  expect(names?.map((name) => name.text())).toEqual(['busiest', 'busy', 'calmer'])
})

test('no host needs attention: then nothing is said of it', async () => {
  fleet.mockResolvedValue({ ...summary, offline: 0 })
  expect(panel(await opened(), en.overview.attention)).toBeUndefined()
})

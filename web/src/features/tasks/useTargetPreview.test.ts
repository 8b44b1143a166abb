import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import { ApiProblem } from '@/api/problem'
import type { api } from '@/api/client'
import type { TaskPreview } from '@/api/types'
import { newForm } from './runForm'
import { useTargetPreview } from './useTargetPreview'

type Asked = Parameters<typeof api.previewTask>[0]
const answer = vi.hoisted(() => vi.fn<(asked: Asked) => Promise<Partial<TaskPreview>>>())
vi.mock('@/api/client', () => ({ api: { previewTask: answer } }))
vi.mock('@/ui/useProblem', () => ({ useProblem: () => String }))

const hosts = { total: 500 }
const batches = (sizes: number[]) => ({ total: 500, batches: sizes, batchCount: sizes.length })
const way = ({ rollout }: Asked) => (rollout ? Promise.resolve(batches([1, 499])) : Promise.resolve(hosts))
const wrong = () => Promise.reject(new ApiProblem(400, 'Bad Request', null, null, { 'rollout.maxFailures': ['No number.'] }))

beforeEach(() => {
  vi.useFakeTimers()
  answer.mockImplementation(way)
})
afterEach(() => vi.useRealTimers())

/** Of all hosts in batches. */
function opened() {
  const form = newForm([])
  form.target = 'all'
  form.rollout.inBatches = true
  let given: ReturnType<typeof useTargetPreview> | undefined
  const page = defineComponent({ setup: () => ((given = useTargetPreview(form)), () => null) })
  mount(page, { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } })
  if (!given) throw new Error('nothing was set up')
  return { form, ...given }
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(300)
  await flushPromises()
}

test('hosts and batches stand while the way is written, but it is ready only once that was answered', async () => {
  const { form, preview, sizes, isCurrent } = opened()
  await settle()
  expect([preview.value?.total, sizes.value?.batches, isCurrent.value]).toEqual([500, [1, 499], true])
  answer.mockImplementation(({ rollout }) => Promise.resolve(rollout ? batches([2, 498]) : hosts))
  form.rollout.batches = '2'
  await flushPromises()
  expect([preview.value?.total, sizes.value?.batches, isCurrent.value]).toEqual([500, [1, 499], false])
  await settle()
  expect([preview.value?.total, sizes.value?.batches, isCurrent.value]).toEqual([500, [2, 498], true])
})

test('hosts stand while the way over them is wrong, which is said of its field', async () => {
  const { form, preview, sizes, rolloutFaults, fault } = opened()
  await settle()
  answer.mockImplementation((asked) => (asked.rollout ? wrong() : way(asked)))
  form.rollout.maxFailures = '10%0'
  await settle()
  expect([preview.value?.total, sizes.value, rolloutFaults.value, fault.value]).toEqual([500, null, { maxFailures: 'No number.' }, null])
})

test('hosts are found also where the way over them was wrong from the beginning', async () => {
  answer.mockImplementation((asked) => (asked.rollout ? wrong() : way(asked)))
  const { preview, rolloutFaults } = opened()
  await settle()
  expect([preview.value?.total, rolloutFaults.value]).toEqual([500, { maxFailures: 'No number.' }])
})

test('hosts of another target are never shown', async () => {
  const { form, preview, isCurrent } = opened()
  await settle()
  form.target = 'labels'
  form.selector = 'gpu.model=H100'
  answer.mockImplementation(() => new Promise(() => undefined))
  await flushPromises()
  expect([preview.value, isCurrent.value]).toEqual([null, false])
  await settle()
  expect([preview.value, isCurrent.value]).toEqual([null, false])
})

test('of more hosts than are shown by name the center is asked how many are away', async () => {
  const { form, preview, isCurrent } = opened()
  form.target = 'these'
  form.rollout.inBatches = false
  form.agents = Array.from({ length: 24 }, (_, index) => `host-${index}`)
  answer.mockReset().mockResolvedValue({ total: 25, away: 7 })
  await settle()
  expect([preview.value, answer.mock.calls.length]).toEqual([null, 0])
  form.agents = [...form.agents, 'host-24']
  expect(isCurrent.value).toBe(true)
  await settle()
  expect(preview.value?.away).toBe(7)
})

import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import { ApiProblem } from '@/api/problem'
import type { TaskPreview } from '@/api/types'
import { newForm } from './runForm'
import { useTargetPreview } from './useTargetPreview'

const answers: ((preview: Partial<TaskPreview> | Promise<never>) => void)[] = []
vi.mock('@/api/client', () => ({ api: { previewTask: () => new Promise((resolve) => answers.push(resolve)) } }))
vi.mock('@/ui/useProblem', () => ({ useProblem: () => String }))

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  answers.length = 0
  vi.useRealTimers()
})

/** Of all hosts in batches, answered once. */
async function shown() {
  const form = newForm([])
  form.target = 'all'
  form.rollout.inBatches = true
  let given: ReturnType<typeof useTargetPreview> | undefined
  const page = defineComponent({ setup: () => ((given = useTargetPreview(form)), () => null) })
  mount(page, { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } })
  if (!given) throw new Error('nothing was set up')
  await asked()
  answers[0]?.({ total: 500 })
  await flushPromises()
  return { form, ...given }
}

async function asked(): Promise<void> {
  await vi.advanceTimersByTimeAsync(300)
}

test('hosts stand while the way over them is written, but count again only once that was answered', async () => {
  const { form, preview, isCurrent } = await shown()
  expect([preview.value?.total, isCurrent.value]).toEqual([500, true])
  form.rollout.maxFailures = '10%'
  expect([preview.value?.total, isCurrent.value]).toEqual([500, false])
  await asked()
  expect([answers.length, preview.value?.total, isCurrent.value]).toEqual([2, 500, false])
  answers[1]?.({ total: 501 })
  await flushPromises()
  expect([preview.value?.total, isCurrent.value]).toEqual([501, true])
})

test('hosts stand while the way over them is wrong, which is said of its field', async () => {
  const { form, preview, rolloutFaults } = await shown()
  form.rollout.maxFailures = '10%0'
  await asked()
  answers[1]?.(Promise.reject(new ApiProblem(400, 'Bad Request', null, null, { 'rollout.maxFailures': ['No number.'] })))
  await flushPromises()
  expect([rolloutFaults.value, preview.value?.total]).toEqual([{ maxFailures: 'No number.' }, 500])
  form.rollout.maxFailures = '10%05'
  expect([rolloutFaults.value, preview.value?.total]).toEqual([{}, 500])
})

test('hosts of another target are never shown', async () => {
  const { form, preview, isCurrent } = await shown()
  form.target = 'labels'
  form.selector = 'gpu.model=H100'
  expect([preview.value, isCurrent.value]).toEqual([null, false])
  await asked()
  expect([answers.length, preview.value]).toEqual([2, null])
})

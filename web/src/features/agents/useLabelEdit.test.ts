import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent } from 'vue'
import type { api } from '@/api/client'
import type { AgentSummary } from '@/api/types'
import { useLabelEdit } from './useLabelEdit'

type Change = Parameters<typeof api.editAgent>[1]
const read = vi.hoisted(() => vi.fn<(id: string) => Promise<AgentSummary>>())
const edit = vi.hoisted(() => vi.fn<(id: string, change: Change) => Promise<AgentSummary>>())
vi.mock('@/api/client', () => ({ api: { agent: read, editAgent: edit } }))
vi.mock('@/ui/useProblem', () => ({ useProblem: () => String }))

/** Reports rack and site, of which the site was given another value here. */
const host = (change: Partial<AgentSummary> = {}) =>
  ({
    id: 'a',
    cluster: 'train',
    labels: { owner: 'ml', rack: '12', site: 'suzhou' },
    assignedLabels: { owner: 'ml', site: 'suzhou' },
    assignedCluster: 'train',
    ...change,
  }) as unknown as AgentSummary

beforeEach(() => {
  read.mockReset().mockResolvedValue(host())
  edit.mockReset().mockResolvedValue(host())
})

async function opened() {
  let given: ReturnType<typeof useLabelEdit> | undefined
  mount(defineComponent({ setup: () => ((given = useLabelEdit('a')), () => null) }))
  await flushPromises()
  if (!given) throw new Error('nothing was set up')
  return given
}

test('an emptied cluster is sent as an empty text, and no label with it', async () => {
  const { cluster, save } = await opened()
  cluster.value = '  '
  await save()
  expect(edit.mock.calls).toEqual([['a', { cluster: '' }]])
})

test('a changed label is sent with those that were given here, and never with what the host reports', async () => {
  const { text, own, save } = await opened()
  expect([text.value, own.value]).toEqual(['owner=ml\nsite=suzhou', { rack: '12' }])
  text.value = 'owner=infra\nsite=suzhou'
  await save()
  expect(edit.mock.calls).toEqual([['a', { labels: { owner: 'infra', site: 'suzhou' } }]])
})

test('all labels can be taken back, and a cluster be given, without blanks around it', async () => {
  read.mockResolvedValue(host({ cluster: 'own', assignedCluster: undefined }))
  const { text, cluster, ownCluster, save } = await opened()
  expect([cluster.value, ownCluster.value]).toEqual(['', 'own'])
  text.value = ''
  cluster.value = ' train '
  await save()
  expect(edit.mock.calls).toEqual([['a', { labels: {}, cluster: 'train' }]])
})

test('what is as it was is not sent, in whatever order it is written', async () => {
  const { text, change, save } = await opened()
  text.value = 'site=suzhou\nowner=ml'
  expect(change.value).toBeNull()
  expect(await save()).toBeNull()
  expect(edit).not.toHaveBeenCalled()
})

test('nothing can be saved before the host was read, and an error is shown until it is', async () => {
  read.mockRejectedValueOnce(new Error('away'))
  const { agent, error, load, change, text } = await opened()
  expect([agent.value, String(error.value), change.value]).toEqual([null, 'Error: away', null])
  await load()
  expect([agent.value?.id, error.value, text.value]).toEqual(['a', null, 'owner=ml\nsite=suzhou'])
})

test('a refusal is said, and may be tried again', async () => {
  edit.mockRejectedValueOnce(new Error('too long'))
  const { cluster, refused, busy, save } = await opened()
  cluster.value = 'x'
  expect(await save()).toBeNull()
  expect([refused.value, busy.value]).toEqual(['Error: too long', false])
  expect((await save())?.id).toBe('a')
  expect(refused.value).toBe('')
})

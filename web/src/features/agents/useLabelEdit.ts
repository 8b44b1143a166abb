import { computed, ref, shallowRef } from 'vue'
import { api } from '@/api/client'
import type { AgentSummary } from '@/api/types'
import { useProblem } from '@/ui/useProblem'
import { changeOf, formatPairs, ownLabels, parsePairs } from './labels'

/** What was given to a host here, to be changed. It is read when this begins: lists and the live feed do not tell it from the host's own. */
export function useLabelEdit(id: string) {
  const describe = useProblem()
  const agent = shallowRef<AgentSummary | null>(null)
  const error = shallowRef<unknown>(null)
  const text = ref('')
  const cluster = ref('')
  const busy = ref(false)
  const refused = ref('')

  const own = computed(() => (agent.value ? ownLabels(agent.value) : {}))
  /** Which cluster the host is in while none is given to it. */
  const ownCluster = computed(() => (agent.value?.assignedCluster ? '' : (agent.value?.cluster ?? '')))
  const parsed = computed(() => parsePairs(text.value))
  const change = computed(() => (agent.value ? changeOf(agent.value, parsed.value.pairs, cluster.value) : null))
  const fault = computed(() => parsed.value.fault)

  async function load(): Promise<void> {
    error.value = null
    try {
      const found = await api.agent(id)
      text.value = formatPairs(found.assignedLabels ?? {})
      cluster.value = found.assignedCluster ?? ''
      agent.value = found
    } catch (problem) {
      error.value = problem
    }
  }

  /** The host as it is then, or null where there was nothing to do or the center refused it. */
  async function save(): Promise<AgentSummary | null> {
    if (!change.value || fault.value) return null
    busy.value = true
    refused.value = ''
    try {
      return await api.editAgent(id, change.value)
    } catch (problem) {
      refused.value = describe(problem)
      return null
    } finally {
      busy.value = false
    }
  }

  void load()
  return { agent, error, load, text, cluster, own, ownCluster, fault, change, busy, refused, save }
}

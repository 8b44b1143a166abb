import { defineStore } from 'pinia'
import { ref, shallowReactive } from 'vue'
import type { AgentSummary } from '@/api/types'

const trailLength = 24

/** The latest that the live feed said about each host. Lists read through it, so values change in place. */
export const useFleetStore = defineStore('fleet', () => {
  const agents = shallowReactive(new Map<string, AgentSummary>())
  const removed = shallowReactive(new Set<string>())
  const trails = shallowReactive(new Map<string, readonly number[]>())
  /** Grows when hosts appear, go away or change state: what is counted or listed elsewhere is then out of date. */
  const membership = ref(0)

  function merge(list: readonly AgentSummary[]): void {
    let changed = false
    for (const agent of list) {
      const before = agents.get(agent.id)
      changed ||= before === undefined || before.status !== agent.status
      agents.set(agent.id, agent)
      removed.delete(agent.id)
      extendTrail(agent)
    }
    if (changed) membership.value++
  }

  function extendTrail(agent: AgentSummary): void {
    const value = agent.metrics['cpu.used_percent']
    if (typeof value !== 'number') return
    trails.set(agent.id, [...(trails.get(agent.id) ?? []), value].slice(-trailLength))
  }

  function remove(id: string): void {
    agents.delete(id)
    trails.delete(id)
    removed.add(id)
    membership.value++
  }

  /** The live version of a host that a list has from REST. */
  const current = (agent: AgentSummary): AgentSummary => agents.get(agent.id) ?? agent

  function clear(): void {
    agents.clear()
    removed.clear()
    trails.clear()
  }

  return { agents, removed, trails, membership, merge, remove, current, clear }
})

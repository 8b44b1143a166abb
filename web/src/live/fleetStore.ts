import { defineStore } from 'pinia'
import { ref, shallowReactive } from 'vue'
import type { AgentStatus, AgentSummary } from '@/api/types'

const trailLength = 24

/** The latest that the live feed said about each host. Lists read through it, so values change in place. */
export const useFleetStore = defineStore('fleet', () => {
  const agents = shallowReactive(new Map<string, AgentSummary>())
  const removed = shallowReactive(new Set<string>())
  const trails = shallowReactive(new Map<string, readonly number[]>())
  /** What lists said of hosts of which the feed has not told yet. */
  const listed = new Map<string, AgentStatus>()
  /** Grows when hosts are added, go away or change state: what is counted or listed elsewhere is then out of date. */
  const membership = ref(0)

  function merge(list: readonly AgentSummary[]): void {
    let changed = false
    for (const agent of list) {
      // A host that is heard of for the first time did not change: after a load that is every host.
      const before = agents.get(agent.id)?.status ?? listed.get(agent.id)
      changed ||= before !== undefined && before !== agent.status
      agents.set(agent.id, agent)
      removed.delete(agent.id)
      extendTrail(agent)
    }
    if (changed) membership.value++
  }

  /** What a list has from REST. */
  function learn(list: readonly AgentSummary[]): void {
    for (const { id, status } of list) listed.set(id, status)
  }

  function add(id: string): void {
    removed.delete(id)
    membership.value++
  }

  function extendTrail(agent: AgentSummary): void {
    const value = agent.metrics['cpu.used_percent']
    if (typeof value !== 'number') return
    trails.set(agent.id, [...(trails.get(agent.id) ?? []), value].slice(-trailLength))
  }

  function remove(id: string): void {
    if (removed.has(id)) return
    agents.delete(id)
    listed.delete(id)
    trails.delete(id)
    removed.add(id)
    membership.value++
  }

  /** The live version of a host that a list has from REST. */
  const current = (agent: AgentSummary): AgentSummary => agents.get(agent.id) ?? agent

  function clear(): void {
    agents.clear()
    listed.clear()
    removed.clear()
    trails.clear()
  }

  return { agents, removed, trails, membership, merge, learn, add, remove, current, clear }
})

import type { LocationQuery, RouteLocationRaw } from 'vue-router'

/** Hosts whose ids an address can hold: a center takes a first line of 8 kB, and an id is 37 letters of it. */
const mostInAddress = 100

/** Where a command is run on these hosts. Many of them travel with the history, which keeps them for Reload and Back too. */
export const runOn = (hosts: readonly string[]): RouteLocationRaw =>
  hosts.length > mostInAddress ? { name: 'run', state: { hosts: [...hosts] } } : { name: 'run', query: { hosts: hosts.join(',') } }

/** The hosts that somebody came with. */
export function hostsOfVisit(query: LocationQuery, state: unknown): string[] {
  const carried = (state as { hosts?: unknown } | null)?.hosts
  if (Array.isArray(carried)) return carried.map(String)
  return String(query.hosts ?? '')
    .split(',')
    .filter(Boolean)
}

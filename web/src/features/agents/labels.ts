import type { AgentSummary } from '@/api/types'

export type LabelFault = { kind: 'bad'; line: number } | { kind: 'twice'; key: string }

/** Lines of `key=value`, as in the label editor and the environment of a task. */
export function parsePairs(text: string): { pairs: Record<string, string>; fault: LabelFault | null } {
  const pairs: Record<string, string> = {}
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '') continue
    const equals = line.indexOf('=')
    const key = line.slice(0, Math.max(equals, 0)).trim()
    if (key === '') return { pairs, fault: { kind: 'bad', line: index + 1 } }
    if (key in pairs) return { pairs, fault: { kind: 'twice', key } }
    pairs[key] = line.slice(equals + 1).trim()
  }
  return { pairs, fault: null }
}

export function formatPairs(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')
}

type Given = Pick<AgentSummary, 'labels' | 'assignedLabels' | 'assignedCluster'>

/** Those of a host's labels that it reports itself. */
export function ownLabels({ labels, assignedLabels }: Given): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !(key in (assignedLabels ?? {}))))
}

/** Only what is to be otherwise, since what is sent stays whatever the host reports later; null when all is as it was. */
export function changeOf(
  agent: Given,
  labels: Record<string, string>,
  cluster: string,
): { labels?: typeof labels; cluster?: string } | null {
  const change = {
    ...(inOrder(labels) === inOrder(agent.assignedLabels ?? {}) ? {} : { labels }),
    ...(cluster.trim() === (agent.assignedCluster ?? '') ? {} : { cluster: cluster.trim() }),
  }
  return Object.keys(change).length ? change : null
}

const inOrder = (pairs: Record<string, string>) => JSON.stringify(Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1)))

import type { SystemStatus } from '@/api/types'

type WithNodes = Pick<SystemStatus, 'nodes' | 'problems'>

/** What is wrong between the nodes, in the center's words. */
export const nodeTrouble = ({ problems }: Pick<SystemStatus, 'problems'>): string[] =>
  problems.filter(({ source }) => source === 'nodes').map(({ reason }) => reason)

/** A center that is alone by intent has nothing to say about nodes; one that lost the others has. */
export const isOneOfSeveral = (system: WithNodes): boolean => system.nodes.length > 1 || nodeTrouble(system).length > 0

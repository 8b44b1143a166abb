import type { AgentSettings } from '@/api/types'

/** In the order of the page: what agents do often comes first. */
export const paces = ['heartbeatSeconds', 'sampleSeconds', 'inventorySeconds', 'smartMinutes', 'ipmiSeconds'] as const

export type Pace = (typeof paces)[number]

/** As the center has them: `AgentSettingsLimits`. */
export const limits: Record<Pace, { least: number; most: number }> = {
  heartbeatSeconds: { least: 1, most: 3600 },
  sampleSeconds: { least: 1, most: 3600 },
  inventorySeconds: { least: 30, most: 86400 },
  smartMinutes: { least: 5, most: 1440 },
  ipmiSeconds: { least: 60, most: 86400 },
}

/** Seconds of silence after which a host is offline. */
export const offlineAfter = (heartbeat: number): number => 3 * heartbeat

/** Samples travel with heartbeats. */
export const sampleFault = (settings: AgentSettings, heartbeat: number): boolean => (settings.sampleSeconds ?? 0) > heartbeat

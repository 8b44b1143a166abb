/** Short names for the shapes that the center's OpenAPI document describes. `npm run api` renews them. */
import type { components } from './schema'

type Schemas = components['schemas']

/** The inventory's fields have defaults, which the document shows as optional; the center writes every one of them. */
type Complete<T> = T extends (infer Item)[]
  ? Complete<Item>[]
  : T extends object
    ? { [K in keyof T]-?: Complete<Exclude<T[K], undefined>> }
    : T

export type Me = Schemas['Me']
export type Role = Schemas['Role']
export type User = Schemas['UserView']
export type ApiToken = Schemas['TokenView']
export type EnrollToken = Schemas['EnrolTokenView']
export type AuditEntry = Schemas['AuditEntry']

export type AgentStatus = Schemas['AgentStatus']
export type AgentSummary = Schemas['AgentSummary']
export type AgentSettings = Schemas['AgentSettingsChange']
export type FleetSummary = Schemas['FleetSummary']

export type Inventory = Complete<Schemas['Inventory']>
export type Smart = Complete<Schemas['SmartInfo']>
export type Disk = Inventory['disks'][number]
export type InventoryMoment = Schemas['InventoryMoment']
export type InventoryChange = Schemas['InventoryChange']
export type ChangedElement = Schemas['ChangedElement']
export type ChangeKind = Schemas['ChangeKind']
export type MetricSample = Schemas['MetricValues']

export type Task = Schemas['TaskView']
export type TaskState = Schemas['TaskState']
export type TaskTarget = Schemas['TaskTarget']
export type TaskPreview = Schemas['TaskPreview']
export type RolloutStatus = Schemas['RolloutStatus']
export type RolloutSpec = NonNullable<Schemas['CreateTask']['rollout']>
export type RetrySpec = Schemas['RetrySpec']
export type Batch = Schemas['BatchView']
export type NewTask = Schemas['CreateTask']
export type RunLimits = Schemas['RunLimits']
export type Run = Schemas['RunView']
/** Of each host the latest attempt counts: `retried` is that of an earlier one. */
export type RunState = Exclude<Schemas['RunState'], 'retried'>
export type OutputGroup = Schemas['OutputGroup']
export type AgentRun = Schemas['AgentRunView']

export type SystemStatus = Schemas['SystemStatus']

export interface Page<T> {
  items: T[]
  nextCursor: string | null
  total: number
}

/** One piece of a run's output on the live hub; `offset` counts the bytes of both streams before it. */
export interface OutputChunk {
  offset: number
  stream: 'stdout' | 'stderr'
  at: string
  text: string
  bytes: number
}

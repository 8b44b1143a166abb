/** The REST shapes, as the center's OpenAPI document describes them. */

export type AgentStatus = 'online' | 'suspect' | 'offline'
export type Role = 'viewer' | 'operator' | 'admin'
export type Values = Record<string, number | null>

export interface Page<T> {
  items: T[]
  nextCursor: string | null
  total: number
}

export interface AgentSummary {
  id: string
  hostname: string
  status: AgentStatus
  statusSince: string | null
  cluster: string | null
  labels: Record<string, string>
  addresses: string[]
  os: string | null
  kernel: string | null
  arch: string | null
  agentVersion: string | null
  enrolledAt: string
  lastSeenAt: string | null
  cpuModel: string | null
  cpuThreads: number | null
  memoryBytes: number | null
  gpuModel: string | null
  gpuCount: number | null
  problems: number | null
  metrics: Values
}

export interface FleetSummary {
  total: number
  online: number
  suspect: number
  offline: number
  clusters: string[]
}

export interface AgentQuery {
  q?: string
  status?: string
  cluster?: string
  sort?: string
  limit?: number
  cursor?: string
}

export interface Cache {
  level: number
  type: string
  sizeBytes: number
  instances: number
  totalBytes: number
}

export interface Inventory {
  schema: number
  collectedAt: string
  agentVersion: string
  host: {
    hostname: string | null
    machineId: string | null
    bootId: string | null
    bootedAt: string | null
    timeZone: string | null
    os: { id: string | null; name: string | null; version: string | null }
    kernel: string | null
    arch: string | null
    virtualization: string | null
    system: { vendor: string | null; product: string | null; version: string | null; serial: string | null; uuid: string | null }
    board: { vendor: string | null; product: string | null; serial: string | null }
    bios: { vendor: string | null; version: string | null; date: string | null }
    bmc: { address?: string | null; firmware?: string | null } | null
  }
  cpu: {
    vendor: string | null
    model: string | null
    family: string | null
    modelNumber: string | null
    stepping: string | null
    microcode: string | null
    sockets: number | null
    cores: number | null
    threads: number | null
    threadsOnline: number | null
    threadsPerCore: number | null
    numaNodes: number | null
    baseMhz: number | null
    minMhz: number | null
    maxMhz: number | null
    flags: string[]
    virtualizationFeature: string | null
    caches: Cache[]
    vulnerabilities: Record<string, string>
  }
  memory: {
    totalBytes: number | null
    swapBytes: number | null
    hugepages: { sizeBytes: number; total: number; free: number }[]
    ecc: { mode: string | null; correctedErrors: number | null; uncorrectedErrors: number | null } | null
    modules: MemoryModule[]
  }
  gpus: Gpu[]
  disks: Disk[]
  raids: { name: string; level: string | null; state: string | null; disks: number | null; activeDisks: number | null }[]
  filesystems: Filesystem[]
  network: NetworkInterface[]
  infiniband: InfinibandPort[]
  problems: { source: string; reason: string }[]
}

export interface MemoryModule {
  locator: string | null
  bank: string | null
  sizeBytes: number | null
  type: string | null
  formFactor: string | null
  speedMts: number | null
  configuredMts: number | null
  manufacturer: string | null
  partNumber: string | null
  serial: string | null
  rank: number | null
}

export interface Gpu {
  index: number
  vendor: string | null
  model: string | null
  uuid: string | null
  serial: string | null
  pciAddress: string | null
  memoryBytes: number | null
  driverVersion: string | null
  vbios: string | null
  powerLimitWatts: number | null
  pcieGeneration: number | null
  pcieWidth: number | null
  pcieMaxGeneration: number | null
  pcieMaxWidth: number | null
  eccMode: string | null
  migMode: string | null
}

export interface Disk {
  name: string
  model: string | null
  serial: string | null
  firmware: string | null
  transport: string | null
  rotational: boolean | null
  sizeBytes: number | null
  smart: {
    available: boolean
    passed: boolean | null
    temperatureCelsius: number | null
    powerOnHours: number | null
    percentageUsed: number | null
  } | null
}

export interface Filesystem {
  device: string
  mountPoint: string
  type: string
  sizeBytes: number | null
  readOnly: boolean
}

export interface NetworkInterface {
  name: string
  type: string | null
  mac: string | null
  mtu: number | null
  speedMbps: number | null
  duplex: string | null
  state: string | null
  driver: string | null
  pciAddress: string | null
  master: string | null
  addresses: string[]
}

export interface InfinibandPort {
  device: string
  port: number
  linkLayer: string | null
  state: string | null
  physicalState: string | null
  rateGbps: number | null
  guid: string | null
  firmware: string | null
  board: string | null
}

export interface InventoryVersion {
  collectedAt: string
  hash: string
  current: boolean
}

export interface MetricHistory {
  from: string
  to: string
  stepSeconds: number
  series: { name: string; points: [number, number | null][] }[]
}

export interface MetricSample {
  at: string | null
  values: Values
}

export type TaskKind = 'command' | 'script' | 'hook'
export type TaskState = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired'
export type RunState = 'pending' | 'running' | 'succeeded' | 'failed' | 'timedOut' | 'cancelled' | 'expired' | 'lost'

export interface TaskTarget {
  agents?: string[] | null
  all?: boolean | null
}

export interface NewTask {
  kind: TaskKind
  name?: string
  command?: string
  args?: string[]
  script?: string
  interpreter?: string
  env?: Record<string, string>
  user?: string
  workingDirectory?: string
  stdin?: string
  timeoutSeconds?: number
  target: TaskTarget
  expiresAfterSeconds?: number
}

export interface Task {
  id: string
  kind: TaskKind
  name: string | null
  command: string | null
  script: string | null
  interpreter?: string | null
  args: string[]
  env: Record<string, string>
  user: string | null
  workingDirectory: string | null
  stdin: string | null
  timeoutSeconds: number
  target: TaskTarget
  expiresAfterSeconds: number
  state: TaskState
  counts: Record<RunState, number>
  createdBy: string | null
  createdAt: string
  finishedAt: string | null
}

export interface Run {
  id: string
  taskId: string
  agentId: string
  hostname: string
  state: RunState
  exitCode: number | null
  signal: string | null
  error: string | null
  startedAt: string | null
  finishedAt: string | null
  durationMilliseconds: number | null
  outputBytes: number
  outputTruncated: boolean
}

export interface AgentRun extends Run {
  taskName: string | null
  kind: TaskKind
  command: string | null
}

export interface Me {
  username: string
  role: Role
  via?: 'cookie' | 'token' | 'debug'
}

export interface EnrollToken {
  id: string
  name: string | null
  token?: string
  createdAt: string
  expiresAt: string | null
  maxUses: number | null
  uses: number
  revokedAt?: string | null
}

export interface ApiToken {
  id: string
  name: string
  role: Role
  token?: string
  createdAt: string
  expiresAt: string | null
}

export interface User {
  username: string
  role: Role
  createdAt: string
}

export interface SystemHealth {
  version: string
  startedAt: string
  storage: string
  agents: { online: number; suspect: number; offline: number }
  ingestion: { depth: number; capacity: number; written: number; rejected: number }
  problems: { source: string; reason: string }[]
}

/** One piece of a run's output; `offset` counts the bytes of both streams before it. */
export interface OutputChunk {
  offset: number
  stream: 'stdout' | 'stderr'
  at: string
  text: string
  bytes: number
}

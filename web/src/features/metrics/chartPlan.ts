import type { Unit } from './series'

/** Every host has its charts in this order. Those that people look at only when something is wrong are folded. */
export const groups = ['processor', 'memory', 'gpu', 'gpuHealth', 'storage', 'storageHealth', 'network', 'sensors', 'system'] as const
export type Group = (typeof groups)[number]
export const folded: readonly Group[] = ['gpuHealth', 'storageHealth', 'sensors', 'system']

export interface ChartPlan {
  id: string
  group: Group
  /** The bare names whose series it takes, and what tells them apart in the legend; the first is what the chart is about. */
  names: Record<string, string>
  /** Only the series with this label. */
  only?: Record<string, string>
  unit?: Unit
}

const processor: ChartPlan[] = [
  {
    id: 'cpu',
    group: 'processor',
    names: {
      'cpu.used_percent': '',
      'cpu.user_percent': 'user',
      'cpu.system_percent': 'system',
      'cpu.iowait_percent': 'iowait',
      'cpu.steal_percent': 'steal',
    },
  },
  { id: 'load', group: 'processor', names: { 'load.1m': '1 min', 'load.5m': '5 min', 'load.15m': '15 min' } },
  {
    id: 'pressure',
    group: 'processor',
    names: { 'pressure.cpu_some_percent': 'cpu', 'pressure.memory_some_percent': 'memory', 'pressure.io_some_percent': 'io' },
  },
  {
    id: 'pressureFull',
    group: 'processor',
    names: { 'pressure.cpu_full_percent': 'cpu', 'pressure.memory_full_percent': 'memory', 'pressure.io_full_percent': 'io' },
  },
  { id: 'processes', group: 'processor', names: { 'processes.running': 'running', 'processes.blocked': 'blocked' }, unit: 'count' },
  { id: 'cpuPower', group: 'processor', names: { 'cpu.power_watts': '' } },
]

const memory: ChartPlan[] = [
  {
    id: 'memory',
    group: 'memory',
    names: { 'memory.used_percent': '', 'swap.used_percent': 'swap', 'memory.hugepages_used_percent': 'hugepages' },
  },
  {
    id: 'memoryParts',
    group: 'memory',
    names: {
      'memory.used_bytes': 'used',
      'memory.cached_bytes': 'cached',
      'memory.slab_bytes': 'slab',
      'memory.dirty_bytes': 'dirty',
    },
  },
  { id: 'swapTraffic', group: 'memory', names: { 'swap.in_bytes_per_second': 'swapIn', 'swap.out_bytes_per_second': 'swapOut' } },
  { id: 'majorFaults', group: 'memory', names: { 'memory.major_faults_per_second': '' } },
  { id: 'numa', group: 'memory', names: { 'numa.misses_per_second': '', 'numa.foreign_per_second': 'foreign' } },
  {
    id: 'memoryErrors',
    group: 'memory',
    names: { 'memory.ecc_corrected_total': 'corrected', 'memory.ecc_uncorrected_total': 'uncorrected' },
    unit: 'count',
  },
  {
    id: 'dimmErrors',
    group: 'memory',
    names: { 'memory.dimm_ecc_corrected_total': 'corrected', 'memory.dimm_ecc_uncorrected_total': 'uncorrected' },
    unit: 'count',
  },
  { id: 'oomKills', group: 'memory', names: { 'memory.oom_kills_total': '' }, unit: 'count' },
]

const gpu: ChartPlan[] = [
  { id: 'gpuUse', group: 'gpu', names: { 'gpu.used_percent': '' } },
  { id: 'gpuMemory', group: 'gpu', names: { 'gpu.memory_used_bytes': '' } },
  { id: 'gpuMemoryBusy', group: 'gpu', names: { 'gpu.memory_busy_percent': '' } },
  { id: 'gpuTemperature', group: 'gpu', names: { 'gpu.temperature_celsius': '' } },
  { id: 'gpuPower', group: 'gpu', names: { 'gpu.power_watts': '' } },
  { id: 'gpuThrottled', group: 'gpu', names: { 'gpu.throttled_percent': '' } },
  { id: 'gpuClock', group: 'gpu', names: { 'gpu.clock_mhz': '' }, only: { clock: 'graphics' } },
  { id: 'gpuMemoryClock', group: 'gpu', names: { 'gpu.clock_mhz': '' }, only: { clock: 'memory' } },
  {
    id: 'gpuNvlink',
    group: 'gpu',
    names: { 'gpu.nvlink_receive_bytes_per_second': 'receive', 'gpu.nvlink_transmit_bytes_per_second': 'transmit' },
  },
  { id: 'gpuXgmi', group: 'gpu', names: { 'gpu.xgmi_read_bytes_per_second': 'read', 'gpu.xgmi_write_bytes_per_second': 'write' } },
  {
    id: 'gpuPcie',
    group: 'gpu',
    names: { 'gpu.pcie_receive_bytes_per_second': 'receive', 'gpu.pcie_transmit_bytes_per_second': 'transmit' },
  },
  { id: 'gpuMig', group: 'gpu', names: { 'gpu.mig_memory_used_bytes': '' } },
  { id: 'gpuProcesses', group: 'gpu', names: { 'gpu.processes': '' }, unit: 'count' },
]

const gpuHealth: ChartPlan[] = [
  {
    id: 'gpuErrors',
    group: 'gpuHealth',
    names: { 'gpu.ecc_corrected_total': 'corrected', 'gpu.ecc_uncorrected_total': 'uncorrected' },
    unit: 'count',
  },
  {
    id: 'gpuErrorsEver',
    group: 'gpuHealth',
    names: { 'gpu.ecc_corrected_lifetime_total': 'corrected', 'gpu.ecc_uncorrected_lifetime_total': 'uncorrected' },
    unit: 'count',
  },
  { id: 'gpuXid', group: 'gpuHealth', names: { 'gpu.xid_total': '' }, unit: 'count' },
  { id: 'gpuLost', group: 'gpuHealth', names: { 'gpu.lost': '' }, unit: 'count' },
  { id: 'gpuRemapped', group: 'gpuHealth', names: { 'gpu.remapped_rows': '' }, unit: 'count' },
  {
    id: 'gpuRemapping',
    group: 'gpuHealth',
    names: { 'gpu.remapping_pending': 'pending', 'gpu.remapping_failed': 'failed' },
    unit: 'count',
  },
  { id: 'gpuRetired', group: 'gpuHealth', names: { 'gpu.retired_pages': '' }, unit: 'count' },
  {
    id: 'gpuNvlinkErrors',
    group: 'gpuHealth',
    names: { 'gpu.nvlink_crc_errors_total': 'crc', 'gpu.nvlink_replays_total': 'replays', 'gpu.nvlink_recoveries_total': 'recoveries' },
    unit: 'count',
  },
  { id: 'gpuNvlinksActive', group: 'gpuHealth', names: { 'gpu.nvlinks_active': '' }, unit: 'count' },
  { id: 'gpuReplays', group: 'gpuHealth', names: { 'gpu.pcie_replays_total': '' }, unit: 'count' },
  { id: 'gpuWidth', group: 'gpuHealth', names: { 'gpu.pcie_width': '' }, unit: 'count' },
  {
    id: 'gpuHotspots',
    group: 'gpuHealth',
    names: { 'gpu.memory_temperature_celsius': 'memory', 'gpu.hotspot_temperature_celsius': 'hotspot' },
  },
  { id: 'gpuFan', group: 'gpuHealth', names: { 'gpu.fan_percent': '' } },
]

const storage: ChartPlan[] = [
  { id: 'disk', group: 'storage', names: { 'disk.read_bytes_per_second': 'read', 'disk.write_bytes_per_second': 'write' } },
  { id: 'diskOperations', group: 'storage', names: { 'disk.reads_per_second': 'read', 'disk.writes_per_second': 'write' } },
  { id: 'diskBusy', group: 'storage', names: { 'disk.busy_percent': '' } },
  {
    id: 'diskLatency',
    group: 'storage',
    names: { 'disk.read_latency_milliseconds': 'read', 'disk.write_latency_milliseconds': 'write' },
  },
  { id: 'diskQueue', group: 'storage', names: { 'disk.queue_length': '' } },
  { id: 'filesystems', group: 'storage', names: { 'filesystem.used_percent': '' } },
  { id: 'inodes', group: 'storage', names: { 'filesystem.inodes_used_percent': '' } },
]

const storageHealth: ChartPlan[] = [
  { id: 'diskHealth', group: 'storageHealth', names: { 'disk.health_passed': '' }, unit: 'count' },
  { id: 'diskWarning', group: 'storageHealth', names: { 'disk.critical_warning': '' }, unit: 'count' },
  { id: 'diskTemperature', group: 'storageHealth', names: { 'disk.temperature_celsius': '' } },
  { id: 'diskWear', group: 'storageHealth', names: { 'disk.wear_percent': 'worn', 'disk.available_spare_percent': 'spare' } },
  {
    id: 'diskSectors',
    group: 'storageHealth',
    names: {
      'disk.reallocated_sectors': 'reallocated',
      'disk.pending_sectors': 'pending',
      'disk.uncorrectable_sectors': 'uncorrectable',
    },
    unit: 'count',
  },
  {
    id: 'diskErrors',
    group: 'storageHealth',
    names: { 'disk.media_errors_total': 'media', 'disk.interface_errors_total': 'interface' },
    unit: 'count',
  },
  { id: 'raidActive', group: 'storageHealth', names: { 'raid.active': '' }, unit: 'count' },
  { id: 'raidDisks', group: 'storageHealth', names: { 'raid.missing_disks': 'missing', 'raid.failed_disks': 'failed' }, unit: 'count' },
  { id: 'raidSync', group: 'storageHealth', names: { 'raid.synchronized_percent': '' } },
  {
    id: 'controllers',
    group: 'storageHealth',
    names: { 'storage.controller_healthy': 'controller', 'storage.battery_healthy': 'battery' },
    unit: 'count',
  },
  { id: 'controllerTemperature', group: 'storageHealth', names: { 'storage.controller_temperature_celsius': '' } },
]

const network: ChartPlan[] = [
  {
    id: 'network',
    group: 'network',
    names: { 'network.receive_bytes_per_second': 'receive', 'network.transmit_bytes_per_second': 'transmit' },
  },
  { id: 'networkErrors', group: 'network', names: { 'network.errors_per_second': '', 'network.drops_per_second': 'drops' } },
  { id: 'networkLinks', group: 'network', names: { 'network.link_up': '' }, unit: 'count' },
  { id: 'retransmits', group: 'network', names: { 'tcp.retransmits_percent': '' } },
  { id: 'connections', group: 'network', names: { 'tcp.connections': '' }, unit: 'count' },
  { id: 'refused', group: 'network', names: { 'tcp.listen_drops_per_second': 'listenDrops', 'tcp.resets_per_second': 'resets' } },
  {
    id: 'infiniband',
    group: 'network',
    names: { 'infiniband.receive_bytes_per_second': 'receive', 'infiniband.transmit_bytes_per_second': 'transmit' },
  },
  { id: 'infinibandLinks', group: 'network', names: { 'infiniband.link_up': '' }, unit: 'count' },
  { id: 'infinibandErrors', group: 'network', names: { 'infiniband.errors_per_second': '' } },
  { id: 'infinibandWait', group: 'network', names: { 'infiniband.transmit_wait_per_second': '' } },
]

const sensors: ChartPlan[] = [
  { id: 'sensors', group: 'sensors', names: { 'sensor.temperature_celsius': '' } },
  { id: 'fans', group: 'sensors', names: { 'sensor.fan_rpm': '' } },
  { id: 'sensorPower', group: 'sensors', names: { 'sensor.power_watts': '' } },
]

const system: ChartPlan[] = [
  { id: 'clockOffset', group: 'system', names: { 'time.offset_milliseconds': '', 'time.max_error_milliseconds': 'maxError' } },
  { id: 'clockSync', group: 'system', names: { 'time.synchronized': '' }, unit: 'count' },
  { id: 'limits', group: 'system', names: { 'file_handles.used_percent': 'fileHandles', 'conntrack.used_percent': 'conntrack' } },
  { id: 'fileHandles', group: 'system', names: { 'file_handles.used': '' }, unit: 'count' },
  { id: 'processCount', group: 'system', names: { 'processes.total': '' }, unit: 'count' },
  { id: 'probes', group: 'system', names: { 'agent.probe_hung': '' }, unit: 'count' },
  { id: 'probeHangs', group: 'system', names: { 'agent.probe_hangs_total': '' }, unit: 'count' },
]

export const plan: readonly ChartPlan[] = [
  ...[processor, memory, gpu, gpuHealth, storage],
  ...[storageHealth, network, sensors, system],
].flat()

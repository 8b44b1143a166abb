/** What the agent of `gpuMachine` measures: every kind of series of docs/metrics.md and docs/gpus-and-disks.md, as a function of time. */

const gib = 2 ** 30
type Value = (minutes: number) => number

const wave =
  (base: number, swing: number, period: number, phase = 0): Value =>
  (at) =>
    base + swing * Math.sin((2 * Math.PI * at) / period + phase)
const steady =
  (value: number): Value =>
  () =>
    value
const gpus = Array.from({ length: 8 }, (_, index) => index)
const disks = ['nvme0n1', 'nvme1n1']
const ports = gpus.map((index) => `device="mlx5_${index}",port="1"`)

const ofGpus = (metric: string, value: (gpu: number) => Value, more = '') =>
  gpus.map((gpu): [string, Value] => [`gpu.${metric}{gpu="${gpu}"${more}}`, value(gpu)])
const ofDisks = (metric: string, value: (disk: number) => Value) =>
  disks.map((disk, index): [string, Value] => [`disk.${metric}{disk="${disk}"}`, value(index)])

const series: [string, Value][] = [
  ['cpu.used_percent', wave(38, 12, 47)],
  ['cpu.user_percent', wave(31, 10, 47)],
  ['cpu.system_percent', wave(5, 2, 31)],
  ['cpu.iowait_percent', wave(1.5, 1, 13)],
  ['cpu.steal_percent', steady(0)],
  ['cpu.context_switches_per_second', wave(41_000, 9_000, 29)],
  ['load.1m', wave(62, 18, 47)],
  ['load.5m', wave(60, 11, 47)],
  ['load.15m', wave(58, 6, 47)],
  ['uptime.seconds', (at) => 4_900_000 + at * 60],
  ['processes.running', wave(60, 15, 47)],
  ['processes.blocked', steady(1)],
  ['processes.total', steady(1840)],
  ...['cpu', 'memory', 'io'].flatMap((what): [string, Value][] => [
    [`pressure.${what}_some_percent`, wave(what === 'io' ? 9 : 4, 3, 37)],
    [`pressure.${what}_full_percent`, wave(what === 'io' ? 4 : 1, 1, 37)],
  ]),
  ['memory.used_percent', wave(47, 3, 180)],
  ['memory.used_bytes', wave(917 * gib, 60 * gib, 180)],
  ['memory.cached_bytes', wave(610 * gib, 90 * gib, 200)],
  ['memory.slab_bytes', steady(21 * gib)],
  ['memory.dirty_bytes', wave(2 * gib, gib, 11)],
  ['swap.used_percent', steady(2)],
  ['swap.in_bytes_per_second', steady(0)],
  ['swap.out_bytes_per_second', wave(4096, 4096, 53)],
  ['memory.ecc_corrected_total', (at) => (at > -30 ? 17 : 12)],
  ['memory.ecc_uncorrected_total', steady(0)],
  ['memory.dimm_ecc_corrected_total{controller="mc1",dimm="CPU_SrcID#1_MC#0_Chan#1_DIMM#0"}', (at) => (at > -30 ? 17 : 12)],
  ['memory.oom_kills_total', steady(0)],
  ['numa.misses_per_second{node="0"}', wave(120, 80, 23)],
  ['numa.misses_per_second{node="1"}', wave(90, 50, 23)],
  ...ofGpus('used_percent', (gpu) => wave(84 - gpu, 14, 17 + gpu)),
  ...ofGpus('memory_used_bytes', (gpu) => wave((gpu < 4 ? 61 : 12) * gib, 3 * gib, 60)),
  ...ofGpus('memory_used_percent', (gpu) => steady(gpu < 4 ? 76 : 15)),
  ...ofGpus('temperature_celsius', (gpu) => wave(58 + gpu, 6, 41)),
  ...ofGpus('memory_temperature_celsius', (gpu) => wave(71 + gpu, 5, 41)),
  ...ofGpus('power_watts', (gpu) => wave(560 + 8 * gpu, 110, 17 + gpu)),
  ...ofGpus('clock_mhz', () => wave(1755, 160, 17), ',clock="graphics"'),
  ...ofGpus('clock_mhz', () => steady(1755), ',clock="sm"'),
  ...ofGpus('clock_mhz', () => steady(2619), ',clock="memory"'),
  ...ofGpus('throttled_percent', (gpu) => (gpu === 1 ? wave(20, 15, 31) : steady(0)), ',reason="power"'),
  ...ofGpus('throttle_reasons', (gpu) => steady(gpu === 1 ? 1 : 0), ',reason="sw_power_cap"'),
  ...ofGpus('nvlink_receive_bytes_per_second', (gpu) => wave(210e9 + gpu * 1e9, 90e9, 19)),
  ...ofGpus('nvlink_transmit_bytes_per_second', (gpu) => wave(200e9 + gpu * 1e9, 90e9, 19)),
  ...ofGpus('pcie_receive_bytes_per_second', () => wave(6e9, 2e9, 13)),
  ...ofGpus('nvlinks_active', (gpu) => steady(gpu === 5 ? 17 : 18)),
  ...ofGpus('nvlink_crc_errors_total', steady.bind(null, 0)),
  ...ofGpus('nvlink_replays_total', (gpu) => steady(gpu === 1 ? 3 : 0)),
  ...ofGpus('ecc_corrected_total', (gpu) => steady(gpu === 2 ? 4 : 0)),
  ...ofGpus('ecc_uncorrected_total', (gpu) => (at) => (gpu === 6 && at > -20 ? 1 : 0)),
  ...ofGpus('remapped_rows', (gpu) => steady(gpu === 6 ? 1 : 0), ',cause="uncorrected"'),
  ...ofGpus('pcie_replays_total', (gpu) => steady(gpu)),
  ...ofGpus('pcie_width', (gpu) => steady(gpu === 3 ? 8 : 16)),
  ...ofGpus('lost', () => steady(0)),
  ['gpu.xid_total{gpu="6",xid="63"}', (at) => (at > -20 ? 1 : 0)],
  ...ofDisks('read_bytes_per_second', (disk) => wave(1.4e9 + disk * 2e8, 6e8, 21)),
  ...ofDisks('write_bytes_per_second', (disk) => wave(3e8 + disk * 5e7, 2e8, 33)),
  ...ofDisks('reads_per_second', () => wave(11_000, 4_000, 21)),
  ...ofDisks('writes_per_second', () => wave(2_400, 900, 33)),
  ...ofDisks('read_latency_milliseconds', () => wave(0.4, 0.2, 21)),
  ...ofDisks('busy_percent', () => wave(37, 21, 21)),
  ...ofDisks('queue_length', () => wave(6, 3, 21)),
  ...ofDisks('health_passed', () => steady(1)),
  ...ofDisks('critical_warning', (disk) => steady(disk === 1 ? 5 : 0)),
  ...ofDisks('temperature_celsius', (disk) => wave(disk === 1 ? 71 : 38, 2, 90)),
  ...ofDisks('wear_percent', (disk) => steady(disk === 1 ? 104 : 3)),
  ...ofDisks('available_spare_percent', (disk) => steady(disk === 1 ? 7 : 100)),
  ['raid.active{raid="md0"}', steady(1)],
  ['raid.missing_disks{raid="md0"}', steady(1)],
  ['raid.failed_disks{raid="md0"}', steady(1)],
  ['storage.controller_healthy{controller="0000:4a:00.0"}', steady(1)],
  ['storage.battery_healthy{controller="0000:4a:00.0"}', steady(0)],
  ['filesystem.used_percent{mount="/"}', steady(41)],
  ['filesystem.used_percent{mount="/scratch"}', (at) => Math.min(99, 70 + at / 120)],
  ['filesystem.inodes_used_percent{mount="/"}', steady(7)],
  ['network.receive_bytes_per_second{interface="bond0"}', wave(2.1e9, 9e8, 27)],
  ['network.transmit_bytes_per_second{interface="bond0"}', wave(1.1e9, 5e8, 27)],
  ['network.errors_per_second{interface="bond0"}', steady(0)],
  ['network.link_up{interface="ens1f0"}', steady(1)],
  ['network.link_up{interface="ens1f1"}', (at) => (at > -25 ? 0 : 1)],
  ['tcp.retransmits_percent', wave(0.1, 0.1, 15)],
  ['tcp.connections', wave(320, 40, 15)],
  ...ports.flatMap((labels, index): [string, Value][] => [
    [`infiniband.link_up{${labels}}`, (at) => (index === 4 && at > -25 ? 0 : 1)],
    [`infiniband.receive_bytes_per_second{${labels}}`, wave(index === 4 ? 0 : 38e9, index === 4 ? 0 : 9e9, 19, index)],
    [`infiniband.transmit_bytes_per_second{${labels}}`, wave(index === 4 ? 0 : 36e9, index === 4 ? 0 : 9e9, 19, index)],
  ]),
  ['sensor.temperature_celsius{chip="coretemp",device="coretemp.0",sensor="Package id 0"}', wave(61, 6, 47)],
  ['sensor.fan_rpm{chip="nct6775",device="nct6775.656",sensor="fan1"}', wave(8_200, 600, 47)],
  ['sensor.power_watts{chip="power_meter",device="ACPI000D:00",sensor="power1"}', wave(6_900, 700, 17)],
  ['cpu.power_watts{zone="package-0"}', wave(240, 40, 47)],
  ['time.synchronized', steady(1)],
  ['time.offset_milliseconds', wave(0.02, 0.05, 61)],
  ['time.max_error_milliseconds', wave(1.2, 0.2, 61)],
  ['file_handles.used', wave(18_000, 900, 80)],
  ['file_handles.used_percent', steady(0.2)],
  ['conntrack.used_percent', steady(3)],
  ['agent.probe_hung{probe="smart"}', (at) => (at > -12 && at < -8 ? 1 : 0)],
]

export const seriesNames = series.map(([name]) => name)

/** What all series had so many minutes from now: negative before. */
export const sampleAt = (minutes: number, now = Date.now()) => ({
  at: new Date(now + minutes * 60_000),
  values: series.map(([, value]) => value(minutes)),
})

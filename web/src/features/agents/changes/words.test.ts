import { expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import type { InventoryChange } from '@/api/types'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { rowsOf } from './rows'
import { changeWords } from './words'

const { t, te, locale } = createI18n({ legacy: false, locale: 'en', messages: { en, zh } }).global
const words = changeWords(
  (key, values) => t(key, values ?? {}),
  (key) => te(key),
)
const part = (type: string, name: string) => ({ type, id: name, name })
const change = (section: string, about: Partial<InventoryChange>): InventoryChange => ({
  section,
  path: section,
  elements: [],
  field: '',
  kind: 'changed',
  old: null,
  new: null,
  label: '',
  ...about,
})

const narrow = change('gpus', { elements: [part('gpu', '3')], field: 'pcieWidth', old: 16, new: 8 })
const dimm = change('memory', {
  elements: [part('dimm', 'B2')],
  kind: 'removed',
  old: { locator: 'B2', sizeBytes: 2 ** 36, type: 'DDR5', manufacturer: 'Samsung', partNumber: 'M321R8GA0BB0' },
})

it.each<[string, string, InventoryChange]>([
  ['GPU 3 · PCIe width ×16 → ×8', 'GPU 3 · PCIe 宽度 ×16 → ×8', narrow],
  ['DIMM B2 removed', '内存条 B2 移除', dimm],
  [
    'DIMM_A1 · Size 64 GiB → 32 GiB',
    '内存条 DIMM_A1 · 容量 64 GiB → 32 GiB',
    change('memory', { elements: [part('dimm', 'DIMM_A1')], field: 'sizeBytes', old: 2 ** 36, new: 2 ** 35 }),
  ],
  ['Restarted', '已重启', change('host', { field: 'bootId', old: 'a', new: 'b' })],
  ['BIOS version 1.2 → 1.3', 'BIOS 版本 1.2 → 1.3', change('host', { field: 'bios.version', old: '1.2', new: '1.3' })],
  ['Agent version 1.0 → 1.1', '代理程序版本 1.0 → 1.1', change('agentVersion', { old: '1.0', new: '1.1' })],
  ['CPU · Flags added avx512f', 'CPU · 特性标志 新增 avx512f', change('cpu', { field: 'flags', kind: 'added', new: 'avx512f' })],
  [
    'Interface eth0 · Speed 100 Gb/s → 25 Gb/s',
    '接口 eth0 · 速率 100 Gb/s → 25 Gb/s',
    change('network', { elements: [part('interface', 'eth0')], field: 'speedMbps', old: 100000, new: 25000 }),
  ],
  [
    'Disk sda · SMART reallocated sectors 0 → 8',
    '磁盘 sda · SMART 重映射扇区 0 → 8',
    change('disks', { elements: [part('disk', 'sda')], field: 'smart.reallocatedSectors', old: 0, new: 8 }),
  ],
  [
    'RAID md0 · State active → inactive',
    'RAID md0 · 状态 活动 → 未激活',
    change('raids', { elements: [part('raid', 'md0')], field: 'state', old: 'active', new: 'inactive' }),
  ],
  [
    'RAID md0 · Member sdb1 · State active → rebuilding',
    'RAID md0 · 成员 sdb1 · 状态 正常 → 重建中',
    change('raids', { elements: [part('raid', 'md0'), part('raidMember', 'sdb1')], field: 'state', old: 'active', new: 'rebuilding' }),
  ],
  [
    'InfiniBand port mlx5_0/1 · State active → down',
    'InfiniBand 端口 mlx5_0/1 · 状态 连通 → 已断开',
    change('infiniband', { elements: [part('infiniband', 'mlx5_0/1')], field: 'state', old: 'active', new: 'down' }),
  ],
  [
    'GPU 1 · UUID GPU-1 → Unknown',
    'GPU 1 · UUID GPU-1 → 未知',
    change('gpus', { elements: [part('gpu', '1')], field: 'uuid', old: 'GPU-1' }),
  ],
  [
    'New problem: smartctl',
    '新问题：smartctl',
    change('problems', {
      elements: [part('problem', 'smartctl')],
      kind: 'added',
      new: { source: 'smartctl', reason: 'It is not installed.' },
    }),
  ],
])('says %s', (english, chinese, it) => {
  const [row] = rowsOf([it])
  for (const [language, sentence] of [
    ['en', english],
    ['zh', chinese],
  ] as const) {
    locale.value = language
    expect(row && words.sentence(row)).toBe(sentence)
  }
})

it('describes a part that is gone by what it was', () => {
  locale.value = 'en'
  const [row] = rowsOf([dimm])
  expect(row && words.detail(row)).toEqual({ note: '64 GiB · DDR5 · Samsung · M321R8GA0BB0' })
})

it('tells what it does not know in the words of the inventory', () => {
  const [row] = rowsOf([change('gpus', { elements: [part('warpDrive', '1')], field: 'fluxLimitWatts', old: 1, new: 2 })])
  expect(row && words.sentence(row)).toBe('warp drive 1 · Flux limit 1 W → 2 W')
})

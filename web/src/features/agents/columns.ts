export interface Column {
  id: 'state' | 'host' | 'cluster' | 'labels' | 'cpu' | 'trend' | 'memory' | 'gpu' | 'load' | 'version' | 'lastSeen'
  sort?: string
  width: string
  number?: boolean
}

/** Widths are one grid for the head and every row, so nothing moves when values do. */
export const columns: Column[] = [
  { id: 'state', sort: 'status', width: '92px' },
  { id: 'host', sort: 'hostname', width: 'minmax(150px, 2fr)' },
  { id: 'cluster', sort: 'cluster', width: 'minmax(80px, 1fr)' },
  { id: 'labels', sort: 'labels', width: 'minmax(90px, 1.6fr)' },
  { id: 'cpu', sort: 'cpu.used_percent', width: 'minmax(104px, 1fr)' },
  { id: 'trend', width: '76px' },
  { id: 'memory', sort: 'memory.used_percent', width: 'minmax(104px, 1fr)' },
  { id: 'gpu', sort: 'gpuModel', width: 'minmax(70px, 1fr)' },
  { id: 'load', sort: 'load.1m', width: '76px', number: true },
  { id: 'version', sort: 'agentVersion', width: '76px' },
  { id: 'lastSeen', sort: 'lastSeenAt', width: '104px', number: true },
]

export const template = `34px ${columns.map((column) => column.width).join(' ')}`

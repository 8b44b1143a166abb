import uPlot from 'uplot'
import type { Tokens } from '@/ui/tokens'
import { formatters, type Unit } from './series'

/** Lines are told apart by hue; state colours (red, amber, green) stay free for states. */
const lightHues = ['#2f57d9', '#0f7f8c', '#8a4bbf', '#a8590a', '#c0397b', '#4d6b1f', '#5a6472', '#7a5a2a']
const darkHues = ['#8ea8ff', '#4fc3cf', '#c79bf2', '#e0a064', '#f28ab8', '#a5c46a', '#a9b3c1', '#cdaf7c']

export function seriesColour(tokens: Tokens, index: number): string {
  const hues = tokens.bg < '#8' ? darkHues : lightHues
  return hues[index % hues.length] ?? tokens.accent
}

interface ChartInput {
  width: number
  unit: Unit
  labels: string[]
  tokens: Tokens
  locale: string
  window: () => [number, number]
  onCursor: (index: number | null) => void
  onSelect: (from: number, to: number) => void
}

export function chartOptions({ width, unit, labels, tokens, locale, window, onCursor, onSelect }: ChartInput): uPlot.Options {
  const font = "11px 'Geist Variable', system-ui, sans-serif"
  const grid = { stroke: tokens.line, width: 1 }
  const single = labels.length === 1
  return {
    width,
    height: 150,
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: {
      y: false,
      points: { size: 5 },
      drag: { x: true, y: false, setScale: false },
      sync: { key: 'host' },
    },
    scales: {
      x: { time: true, range: () => window() },
      y: { range: (_plot, low, high) => yRange(unit, low, high) },
    },
    axes: [
      {
        stroke: tokens.faint,
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 24,
        space: 70,
        values: (_plot, splits, _axis, _space, apart) => timeLabels(splits, apart, locale),
      },
      {
        stroke: tokens.faint,
        font,
        grid,
        ticks: { show: false },
        size: 62,
        space: 34,
        incrs: unit.startsWith('bytes') ? binarySteps : unit === 'count' ? wholeSteps : undefined,
        values: (_plot, splits) => splits.map((value) => axisLabel(unit, value)),
      } as uPlot.Axis,
    ],
    series: [
      {},
      ...labels.map((label, index) => ({
        label,
        stroke: seriesColour(tokens, index),
        width: 1.5,
        ...(single ? { fill: `${seriesColour(tokens, index)}1c` } : {}),
        points: { show: (plot: uPlot) => plot.data[0].length < 3 },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => selected(plot, onSelect)],
    },
  }
}

const leastPixels = 5

/** A click is no stretch. The mark goes away, since the charts now show what was marked. */
function selected(plot: uPlot, onSelect: ChartInput['onSelect']): void {
  const { left, width } = plot.select
  if (width < leastPixels) return
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  onSelect(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
}

/** A percentage is always seen against the whole; the rest starts at zero, or below it where values do. */
function yRange(unit: Unit, low: number | null, high: number | null): [number, number] {
  if (unit === 'percent') return [0, Math.max(100, high ?? 0)]
  if (unit === 'celsius') return [Math.min(20, low ?? 20), Math.max(90, high ?? 0)]
  const top = high && high > 0 ? high * 1.12 : unit.startsWith('bytes') ? 1024 : 1
  return [low !== null && low < 0 ? low * 1.12 : 0, top]
}

/** Nothing happens half a time. */
const wholeSteps = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()
const binarySteps = Array.from({ length: 60 }, (_, power) => 2 ** power)

const axisLabel = (unit: Unit, value: number): string => (unit === 'percent' ? `${value}%` : formatters[unit](value))

/** Labels of marks so many seconds apart: as fine as they must be, so that no two are the same. */
export function timeLabels(splits: number[], apart: number, locale: string): string[] {
  const format = new Intl.DateTimeFormat(locale, timeFormat(apart, (splits.at(-1) ?? 0) - (splits[0] ?? 0)))
  return splits.map((at) => format.format(at * 1000))
}

function timeFormat(apart: number, across: number): Intl.DateTimeFormatOptions {
  if (apart >= 86_400) return { month: 'short', day: 'numeric' }
  return {
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
    ...(apart < 60 ? { second: '2-digit' } : {}),
    ...(across >= 86_400 ? { weekday: 'short' } : {}),
  }
}

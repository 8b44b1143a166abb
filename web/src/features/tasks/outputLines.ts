import type { OutputChunk } from '@/api/types'

export interface OutputLine {
  number: number
  stream: 'stdout' | 'stderr'
  text: string
}

const keepLines = 50_000
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g

/** What a terminal would show of a line: escape sequences gone, and a carriage return starts it over. */
export function visible(raw: string): string {
  const text = raw.replace(escapes, '').replace(/\r+$/, '')
  return text.slice(text.lastIndexOf('\r') + 1)
}

/**
 * Puts a run's output together from pieces. Lines stay in the order in which they began; a line that one stream left
 * open goes on where it was, even if the other stream wrote in between. Pieces already seen are ignored.
 */
export class OutputLines {
  readonly lines: OutputLine[] = []
  /** The byte offset that comes next. */
  next = 0
  /** Lines given up at the beginning because there are too many. */
  dropped = 0
  private count = 0
  private readonly open: Record<string, { line: OutputLine; raw: string } | undefined> = {}

  constructor(private readonly limit = keepLines) {}

  add(chunk: OutputChunk): boolean {
    if (chunk.offset < this.next) return false
    this.next = chunk.offset + chunk.bytes
    const pieces = chunk.text.split('\n')
    pieces.forEach((piece, index) => {
      const last = index === pieces.length - 1
      if (!(last && piece === '')) this.write(chunk.stream, piece)
      if (!last) this.end(chunk.stream)
    })
    this.trim()
    return true
  }

  private write(stream: OutputLine['stream'], text: string): void {
    const current = this.open[stream] ?? this.begin(stream)
    current.raw += text
    current.line.text = visible(current.raw)
  }

  private begin(stream: OutputLine['stream']): { line: OutputLine; raw: string } {
    const line: OutputLine = { number: ++this.count, stream, text: '' }
    this.lines.push(line)
    return (this.open[stream] = { line, raw: '' })
  }

  private end(stream: OutputLine['stream']): void {
    if (!this.open[stream]) this.begin(stream)
    this.open[stream] = undefined
  }

  private trim(): void {
    const excess = this.lines.length - this.limit
    if (excess <= 0) return
    this.lines.splice(0, excess)
    this.dropped += excess
  }
}

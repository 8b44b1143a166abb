import { describe, expect, it } from 'vitest'
import type { OutputChunk } from '@/api/types'
import { OutputLines, visible } from './outputLines'

function feed(output: OutputLines, ...pieces: [OutputChunk['stream'], string][]): void {
  let offset = output.next
  for (const [stream, text] of pieces) {
    const bytes = new TextEncoder().encode(text).length
    output.add({ offset, stream, at: '', text, bytes })
    offset += bytes
  }
}
const texts = (output: OutputLines) => output.lines.map(({ text }) => text)

describe('OutputLines', () => {
  it('joins a line that came in pieces', () => {
    const output = new OutputLines()
    feed(output, ['stdout', 'hel'], ['stdout', 'lo\nwor'], ['stdout', 'ld'])
    expect(texts(output)).toEqual(['hello', 'world'])
  })

  it('keeps the streams apart inside a line', () => {
    const output = new OutputLines()
    feed(output, ['stdout', 'working'], ['stderr', 'oops\n'], ['stdout', '… done\n'])
    expect(output.lines).toMatchObject([
      { number: 1, stream: 'stdout', text: 'working… done' },
      { number: 2, stream: 'stderr', text: 'oops' },
    ])
  })

  it('counts bytes, not characters, towards the next offset', () => {
    const output = new OutputLines()
    feed(output, ['stdout', '你好\n'])
    expect(output.next).toBe(7)
  })

  it('ignores a piece it already has, as after a reconnect', () => {
    const output = new OutputLines()
    feed(output, ['stdout', 'a\n'])
    expect(output.add({ offset: 0, stream: 'stdout', at: '', text: 'a\n', bytes: 2 })).toBe(false)
    expect(texts(output)).toEqual(['a'])
  })

  it('shows empty lines, and no line after the last line break', () => {
    const output = new OutputLines()
    feed(output, ['stdout', 'a\n\nb\n'])
    expect(texts(output)).toEqual(['a', '', 'b'])
  })

  it('gives up the oldest lines beyond the limit and says how many', () => {
    const output = new OutputLines(2)
    feed(output, ['stdout', '1\n2\n3\n4\n'])
    expect(output.dropped).toBe(2)
    expect(output.lines.map(({ number }) => number)).toEqual([3, 4])
  })
})

describe('visible', () => {
  it.each([
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    ['10%\r50%\r100%', '100%'],
    ['windows\r', 'windows'],
  ])('%j → %j', (raw, shown) => expect(visible(raw)).toBe(shown))
})

/** Splits a typed line into program and arguments by the word rules of the POSIX shell, and nothing else of it. */

export type ArgvFault = 'unclosed' | 'dangling'

export interface Argv {
  words: string[]
  fault: ArgvFault | null
  /** Unquoted signs that a shell would act on and Nerve does not. */
  shellSigns: string[]
}

const blank = /[ \t\r\n]/
const escapableInDoubleQuotes = '$`"\\\n'
const shellSign = /^(\|\||&&|>>|<<|[|&;<>*`]|\$(?=[A-Za-z_({])|~(?=\/|\s|$))/

export function parseArgv(line: string): Argv {
  const words: string[] = []
  const signs = new Set<string>()
  let word: string | null = null
  let at = 0

  while (at < line.length) {
    const char = line.charAt(at)
    if (blank.test(char)) {
      if (word !== null) words.push(word)
      word = null
      at++
    } else if (char === '\\') {
      if (at + 1 >= line.length) return { words: close(words, word), fault: 'dangling', shellSigns: [...signs] }
      // A backslash before a line break joins the lines.
      if (line[at + 1] !== '\n') word = (word ?? '') + line[at + 1]
      at += 2
    } else if (char === "'" || char === '"') {
      const quoted = char === "'" ? single(line, at + 1) : double(line, at + 1)
      word = (word ?? '') + quoted.text
      if (quoted.end < 0) return { words: close(words, word), fault: 'unclosed', shellSigns: [...signs] }
      at = quoted.end
    } else {
      const sign = shellSign.exec(line.slice(at))?.[0]
      if (sign && !(sign === '~' && word !== null)) signs.add(sign)
      const taken = sign ?? char
      word = (word ?? '') + taken
      at += taken.length
    }
  }
  return { words: close(words, word), fault: null, shellSigns: [...signs] }
}

const close = (words: string[], word: string | null): string[] => (word === null ? words : [...words, word])

interface Quoted {
  text: string
  /** Where the line goes on, or -1 when the quote is never closed. */
  end: number
}

function single(line: string, from: number): Quoted {
  const end = line.indexOf("'", from)
  return end < 0 ? { text: line.slice(from), end: -1 } : { text: line.slice(from, end), end: end + 1 }
}

function double(line: string, from: number): Quoted {
  let text = ''
  for (let at = from; at < line.length; at++) {
    const char = line.charAt(at)
    if (char === '"') return { text, end: at + 1 }
    if (char === '\\' && at + 1 < line.length && escapableInDoubleQuotes.includes(line.charAt(at + 1))) {
      at++
      if (line[at] !== '\n') text += line[at]
    } else {
      text += char
    }
  }
  return { text, end: -1 }
}

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/** A line that `parseArgv` turns back into these words. */
export function formatArgv(words: readonly string[]): string {
  return words.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}

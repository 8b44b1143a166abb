import { describe, expect, it } from 'vitest'
import { formatArgv, parseArgv } from './argv'

/** Expected words are what `sh -c 'printf "%s\n" …'` prints for the same line (POSIX.1-2017, shell, 2.2 Quoting). */
describe('parseArgv', () => {
  it.each<[string, string[]]>([
    ['uname -a', ['uname', '-a']],
    ['  a   b\tc  ', ['a', 'b', 'c']],
    [`echo 'two words'`, ['echo', 'two words']],
    [`echo "two words"`, ['echo', 'two words']],
    [`a'b'"c"d`, ['abcd']],
    [`echo ''`, ['echo', '']],
    [`"" x`, ['', 'x']],
    ['a\\ b', ['a b']],
    ['a\\\\b', ['a\\b']],
    [`'a\\b'`, ['a\\b']],
    [`"a\\b"`, ['a\\b']],
    [`"\\$HOME \\"x\\" \\\\ \\\`"`, ['$HOME "x" \\ `']],
    [`'it'\\''s'`, ["it's"]],
    ['a\\\nb', ['ab']],
    ['"a\\\nb"', ['ab']],
    [`'a\nb'`, ['a\nb']],
    ['', []],
    ['   ', []],
    ['echo 你好 "世 界"', ['echo', '你好', '世 界']],
  ])('%j → %j', (line, words) => {
    expect(parseArgv(line)).toMatchObject({ words, fault: null })
  })

  it('names a quote that is not closed', () => {
    expect(parseArgv(`echo 'abc`).fault).toBe('unclosed')
    expect(parseArgv(`echo "abc\\"`).fault).toBe('unclosed')
  })

  it('names a backslash at the end', () => {
    expect(parseArgv('echo \\').fault).toBe('dangling')
  })

  it('reports unquoted shell signs and nothing that is quoted', () => {
    expect(parseArgv('ls *.log | wc > out && echo $HOME ~/x').shellSigns).toEqual(['*', '|', '>', '&&', '$', '~'])
    expect(parseArgv(`awk '{print $1}' "a|b" \\* file~`).shellSigns).toEqual([])
  })

  it('keeps shell signs as they were typed', () => {
    expect(parseArgv('a | b').words).toEqual(['a', '|', 'b'])
  })
})

describe('formatArgv', () => {
  it.each([[['ls', '-l']], [['', "it's", 'a b', '$x', '*', 'a\nb', '\\']]])('is undone by parseArgv: %j', (words) => {
    expect(parseArgv(formatArgv(words)).words).toEqual(words)
  })
})

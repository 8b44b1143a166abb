import { describe, expect, it } from 'vitest'
import type { Task } from '@/api/types'
import { blankForm, formOf, isReady, targetOf, toTask } from './runForm'

describe('toTask', () => {
  it('sends a command as program and arguments, and only what was filled in', () => {
    const form = { ...blankForm(['a']), line: `echo "two words" ''` }
    expect(toTask(form)).toEqual({
      kind: 'command',
      command: 'echo',
      args: ['two words', ''],
      target: { agents: ['a'] },
      timeoutSeconds: 300,
      expiresAfterSeconds: 3600,
    })
  })

  it('sends a script with its arguments and the environment', () => {
    const form = {
      ...blankForm(),
      target: 'all' as const,
      kind: 'script' as const,
      script: 'echo $1\n',
      scriptArgs: 'x',
      env: 'A=1\nB=x=y',
    }
    expect(toTask(form)).toMatchObject({
      kind: 'script',
      script: 'echo $1\n',
      args: ['x'],
      target: { all: true },
      env: { A: '1', B: 'x=y' },
    })
  })
})

describe('limits', () => {
  const form = { ...blankForm(['a']), line: 'true', limits: { cpuPercent: 150, memoryMebibytes: 512, processes: null } }

  it('are sent as they are filled in, in bytes', () => expect(toTask(form).limits).toEqual({ cpuPercent: 150, memoryBytes: 536870912 }))
  it('are left out when there are none', () => expect('limits' in toTask({ ...form, limits: blankForm().limits })).toBe(false))
  it('come back from their task', () => {
    const task = { kind: 'command', args: [], target: { all: true }, limits: { cpuPercent: 150, memoryBytes: 536870912, processes: null } }
    expect(formOf(task as unknown as Task).limits).toEqual(form.limits)
  })
})

describe('secrets and retries', () => {
  const form = { ...blankForm(['a']), line: 'ls', secrets: 'TOKEN=a=b', retries: { exitCodes: '75， 111', count: 2, delaySeconds: 5 } }

  it('are sent as they are filled in', () =>
    expect(toTask(form)).toMatchObject({ secrets: { TOKEN: 'a=b' }, retries: { count: 2, exitCodes: [75, 111], delaySeconds: 5 } }))
  it('are left out when there are none', () => {
    expect('secrets' in toTask(blankForm(['a']))).toBe(false)
    expect('retries' in toTask(blankForm(['a']))).toBe(false)
  })
  it.each([
    [{ secrets: 'TOKEN=' }],
    [{ secrets: 'TOKEN' }],
    [{ retries: { ...form.retries, exitCodes: '0' } }],
    [{ retries: { ...form.retries, exitCodes: 'x' } }],
  ])('%j is not ready', (change) => expect(isReady({ ...form, ...change })).toBe(false))
  it('of a task that is run again want their values anew', () => {
    const task = {
      kind: 'command',
      command: 'ls',
      args: [],
      target: { all: true },
      secrets: ['TOKEN'],
      retries: toTask(form).retries,
    } as unknown as Task
    expect(formOf(task).secrets).toBe('TOKEN=')
    expect(formOf(task).retries.exitCodes).toBe('75, 111')
    expect(isReady(formOf(task))).toBe(false)
  })
})

describe('targetOf', () => {
  it.each([
    [{ target: 'labels', selector: ' gpu.model=H100 ' }, { selector: 'gpu.model=H100' }],
    [{ target: 'labels', selector: ' ' }, null],
    [{ target: 'cluster', cluster: 'train' }, { cluster: 'train' }],
    [{ target: 'cluster' }, null],
    [{ target: 'all', selector: 'left=over' }, { all: true }],
    [{ target: 'these' }, null],
  ] as const)('%o means %o', (filled, target) => {
    expect(targetOf({ ...blankForm(), ...filled })).toEqual(target)
  })
})

describe('isReady', () => {
  it.each([
    [{ line: 'ls' }, true],
    [{ line: '' }, false],
    [{ line: `ls 'x` }, false],
    [{ line: `'' x` }, false],
    [{ line: 'ls', agents: [] }, false],
    [{ line: 'ls', agents: [], target: 'all' as const }, true],
    [{ line: 'ls', env: 'no equals sign' }, false],
    [{ kind: 'script' as const, script: ' \n' }, false],
  ])('%j → %s', (change, ready) => expect(isReady({ ...blankForm(['a']), ...change })).toBe(ready))
})

it('a task sent again is the same task', () => {
  const sent = toTask({ ...blankForm(['a', 'b']), line: `sh -c 'echo "$X"'`, env: 'X=1', user: 'nobody', name: 'n', timeoutSeconds: 9 })
  const task = { ...sent, script: null, interpreter: null, workingDirectory: null, stdin: null } as unknown as Task
  expect(toTask(formOf(task))).toEqual(sent)
})

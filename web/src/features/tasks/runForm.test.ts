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

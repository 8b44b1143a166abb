import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'

const alive = new Set<ChildProcess>()
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')))

/** A program with its output in a file; it never outlives the tests. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    private readonly log: string,
  ) {
    alive.add(child)
    child.once('exit', () => alive.delete(child))
  }

  static start(log: string, command: string[], env: Record<string, string> = {}): Program {
    const output = openSync(log, 'a')
    const [program = '', ...args] = command
    return new Program(spawn(program, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } }), log)
  }

  get output(): string {
    return readFileSync(this.log, 'utf8')
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.hasExited) return
    const exit = once(this.child, 'exit')
    this.child.kill(signal)
    await exit
  }
}

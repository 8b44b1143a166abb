import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Program } from './process'
import { until } from './until'

const built = fileURLToPath(new URL('../../artifacts/run/', import.meta.url))
const programs = { center: join(built, 'center/nerve-center'), agent: join(built, 'agent/nerve-agent') }
const swarm = fileURLToPath(new URL('../../artifacts/bin/Nerve.Swarm/release/nerve-swarm', import.meta.url))
const canNameHosts = spawnSync('unshare', ['--uts', 'true']).status === 0

/** A center and agents of this machine, as users start them, below one temporary folder. */
export class Site {
  private readonly agents: Program[] = []
  private center: Program | undefined

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<Site> {
    for (const program of Object.values(programs)) if (!existsSync(program)) throw new Error(`${program} is not there: run eng/build.sh`)
    const site = new Site(mkdtempSync(join(tmpdir(), 'nerve-web-')), await freePort())
    await site.startCenter()
    return site
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get password(): string {
    return readFileSync(this.at('center/initial-admin-password'), 'utf8').trim()
  }

  at(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text = ''): string {
    writeFileSync(this.at(name), text)
    return this.at(name)
  }

  async startCenter(): Promise<void> {
    const center = Program.start(this.at('center.log'), [
      programs.center,
      ...['--addr', `127.0.0.1:${this.port}`, '--data', this.at('center')],
      ...['--heartbeat-interval', '5s', '--sample-interval', '1s'],
    ])
    this.center = center
    await until('the center is ready', async () => {
      if (center.hasExited) throw new Error(center.output)
      return (await fetch(`${this.url}/health/ready`).catch(() => null))?.ok === true
    })
  }

  async stopCenter(): Promise<void> {
    await this.center?.end('SIGTERM')
  }

  enrolToken(): string {
    const options = ['--name', 'tests', '--ttl', '1h', '--data', this.at('center')]
    return execFileSync(programs.center, ['enroll-token', 'create', ...options], { encoding: 'utf8' }).trim()
  }

  /** An agent of this machine; where we may, under a host name of its own, as if it were another. */
  startAgent(host: string, token: string, about: string[] = []): Program {
    const command = [programs.agent, '--server', this.url, '--state', this.at(`agent-${host}`), ...about]
    const named = ['unshare', '--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', host, ...command]
    const agent = Program.start(this.at(`${host}.log`), canNameHosts ? named : command, { NERVE_TOKEN: token })
    this.agents.push(agent)
    return agent
  }

  static readonly hasSwarm = existsSync(swarm)

  /** Many agents in one process, with identities and machines of their own; their runs take a moment, and a share of them fails. */
  startSwarm(agents: number, failShare: number): Program {
    const program = Program.start(
      this.at('swarm.log'),
      [
        ...[swarm, '--server', this.url, '--agents', String(agents), '--fail-share', String(failShare), '--seed', '7'],
        ...['--ramp', '3s', '--duration', '0s', '--run-time', '300ms'],
      ],
      { NERVE_TOKEN: this.enrolToken() },
    )
    this.agents.push(program)
    return program
  }

  async end(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.end('SIGKILL')))
    await this.center?.end('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Below the ports that the kernel gives to outgoing connections, so that none of these takes it while the center is down. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}

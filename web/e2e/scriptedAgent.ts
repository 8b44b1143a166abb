import { createHash } from 'node:crypto'
import { HttpTransportType, HubConnectionBuilder, LogLevel, type HubConnection } from '@microsoft/signalr'

/** An agent that speaks the real protocol and says of its machine what the test wants. */
export class ScriptedAgent {
  private sequence = 0

  private constructor(
    readonly id: string,
    private readonly hub: HubConnection,
  ) {}

  static async join(url: string, token: string, hostname: string): Promise<ScriptedAgent> {
    const about = { agentVersion: '1.0.0', hostname, fingerprint: null, labels: {}, cluster: null }
    const answer = await fetch(`${url}/api/v1/agents/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(about),
    })
    if (!answer.ok) throw new Error(await answer.text())
    const { agentId, credential } = (await answer.json()) as { agentId: string; credential: string }

    const hub = new HubConnectionBuilder()
      .withUrl(`${url}/hubs/agent`, { transport: HttpTransportType.LongPolling, headers: { authorization: `Bearer ${credential}` } })
      .configureLogging(LogLevel.None)
      .build()
    await hub.start()
    await hub.invoke('Hello', { ...about, protocol: 1, bootId: 'boot-1', inventoryHash: null, runs: [] })
    return new ScriptedAgent(agentId, hub)
  }

  /** Sends the whole inventory; what is left out of it is unknown. */
  async report(inventory: object): Promise<void> {
    const reply: { accepted: boolean } = await this.hub.invoke('ReportInventory', { collectedAt: new Date().toISOString(), ...inventory })
    if (!reply.accepted) throw new Error(JSON.stringify(reply))
  }

  /** Sends samples, oldest first: what each series had at each moment. */
  async measure(series: readonly string[], samples: readonly { at: Date; values: (number | null)[] }[]): Promise<void> {
    const id = createHash('sha256')
      .update(series.map((name) => `${name}\n`).join(''))
      .digest('hex')
      .slice(0, 16)
    await this.hub.invoke('Heartbeat', {
      sequence: ++this.sequence,
      schema: { id, series },
      samples: samples.map(({ at, values }) => ({ at: at.toISOString(), schema: id, values })),
    })
  }

  async end(): Promise<void> {
    await this.hub.stop()
  }
}

import { HubConnectionBuilder, HubConnectionState, LogLevel, type HubConnection } from '@microsoft/signalr'
import { reactive } from 'vue'
import { backoff } from './backoff'
import { TopicTable, type LiveEvent, type TopicHandler } from './topics'

/** What the page knows about its live feed. `epoch` grows with every (re)connection. */
export const liveState = reactive({
  phase: 'idle' as 'idle' | 'connecting' | 'connected' | 'lost',
  lastHeardAt: 0,
  epoch: 0,
})

const topics = new TopicTable(
  (topic) => void tell('Watch', topic),
  (topic) => void tell('Unwatch', topic),
)

let hub: HubConnection | null = null
let attempt = 0
let retry: ReturnType<typeof setTimeout> | undefined
let beforeRetry: () => Promise<boolean> = async () => true

/** `check` is asked before every new attempt; false stops the loop, as when the session has ended. */
export function startLive(check: () => Promise<boolean>): void {
  beforeRetry = check
  if (hub) return
  hub = new HubConnectionBuilder().withUrl('/hubs/live').configureLogging(LogLevel.None).build()
  hub.serverTimeoutInMilliseconds = 30_000
  hub.keepAliveIntervalInMilliseconds = 10_000
  hub.on('event', (event: LiveEvent) => {
    liveState.lastHeardAt = Date.now()
    topics.deliver(event)
  })
  hub.onclose(() => hub && lost())
  void connect()
}

export function stopLive(): void {
  const old = hub
  hub = null
  clearTimeout(retry)
  attempt = 0
  liveState.phase = 'idle'
  void old?.stop()
}

export function watchTopic(topic: string, handler: TopicHandler): () => void {
  return topics.add(topic, handler)
}

/** The running hub, or null while there is no connection. */
export function connectedHub(): HubConnection | null {
  return hub?.state === HubConnectionState.Connected ? hub : null
}

async function connect(): Promise<void> {
  if (!hub || hub.state !== HubConnectionState.Disconnected) return
  if (liveState.phase === 'idle') liveState.phase = 'connecting'
  try {
    await hub.start()
    attempt = 0
    await Promise.all(topics.names().map((topic) => tell('Watch', topic)))
    liveState.phase = 'connected'
    liveState.lastHeardAt = Date.now()
    liveState.epoch++
  } catch {
    lost()
  }
}

function lost(): void {
  if (liveState.phase === 'connected') liveState.lastHeardAt = Date.now()
  liveState.phase = 'lost'
  clearTimeout(retry)
  retry = setTimeout(() => void again(), backoff(attempt++, Math.random()))
}

async function again(): Promise<void> {
  clearTimeout(retry)
  if (await beforeRetry()) await connect()
}

export function retryNow(): void {
  if (liveState.phase !== 'lost') return
  attempt = 0
  void again()
}

async function tell(method: string, topic: string): Promise<void> {
  await connectedHub()
    ?.invoke(method, topic)
    .catch(() => undefined)
}

window.addEventListener('online', retryNow)
document.addEventListener('visibilitychange', () => !document.hidden && retryNow())

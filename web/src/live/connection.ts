import type { HubConnection, HubConnectionState } from '@microsoft/signalr'
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
  (topic) => void watchNow(topic),
  (topic) => void tell('Unwatch', topic),
)

// The library's own words, spelt out: importing the enumeration would bring the library into the first view.
const disconnected = 'Disconnected' as HubConnectionState
const connected = 'Connected' as HubConnectionState

let wanted = false
let hub: HubConnection | null = null
let attempt = 0
let retry: ReturnType<typeof setTimeout> | undefined
let beforeRetry: () => Promise<boolean> = async () => true

/** `check` is asked before every new attempt; false stops the loop, as when the session has ended. */
export function startLive(check: () => Promise<boolean>): void {
  beforeRetry = check
  if (wanted) return
  wanted = true
  void connect()
}

async function createHub(): Promise<HubConnection> {
  const { HubConnectionBuilder, LogLevel } = await import('@microsoft/signalr')
  const made = new HubConnectionBuilder().withUrl('/hubs/live').configureLogging(LogLevel.None).build()
  made.serverTimeoutInMilliseconds = 30_000
  made.keepAliveIntervalInMilliseconds = 10_000
  made.on('event', (event: LiveEvent) => {
    liveState.lastHeardAt = Date.now()
    topics.deliver(event)
  })
  made.onclose(() => made === hub && lost())
  return made
}

export function stopLive(): void {
  const old = hub
  wanted = false
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
  return hub?.state === connected ? hub : null
}

async function connect(): Promise<void> {
  if (!wanted) return
  if (liveState.phase === 'idle') liveState.phase = 'connecting'
  try {
    const made = hub ?? (await createHub())
    if (!wanted) return
    hub ??= made
    if (hub.state !== disconnected) return
    await hub.start()
    attempt = 0
    await Promise.all(topics.names().map(watchNow))
    liveState.phase = 'connected'
    liveState.lastHeardAt = Date.now()
    liveState.epoch++
  } catch {
    if (wanted) lost()
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

async function watchNow(topic: string): Promise<void> {
  if (await tell('Watch', topic)) topics.deliver({ topic, type: 'watched', data: null })
}

async function tell(method: string, topic: string): Promise<boolean> {
  const asked = connectedHub()?.invoke(method, topic)
  if (!asked) return false
  return asked.then(
    () => true,
    () => false,
  )
}

window.addEventListener('online', retryNow)
document.addEventListener('visibilitychange', () => !document.hidden && retryNow())

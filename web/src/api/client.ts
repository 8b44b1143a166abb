import { ApiProblem, toProblem, unreachable } from './problem'
import type {
  AgentQuery,
  AgentRun,
  AgentSummary,
  ApiToken,
  EnrollToken,
  FleetSummary,
  Inventory,
  InventoryVersion,
  Me,
  MetricHistory,
  MetricSample,
  NewTask,
  Page,
  Role,
  Run,
  SystemHealth,
  Task,
  User,
} from './types'

type Query = Record<string, string | number | string[] | undefined | null>

let onSignedOut: () => void = () => undefined

/** Called when the center no longer accepts the session. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

async function send(method: string, path: string, query?: Query, body?: unknown): Promise<Response> {
  const response = await fetch(`/api/v1${path}${queryString(query)}`, {
    method,
    credentials: 'same-origin',
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new ApiProblem(unreachable, error instanceof Error ? error.message : String(error), null, 'network')
  })
  if (response.ok) return response
  if (response.status === 401 && !path.startsWith('/auth/')) onSignedOut()
  throw await toProblem(response)
}

async function json<T>(method: string, path: string, query?: Query, body?: unknown): Promise<T> {
  return (await send(method, path, query, body)).json() as Promise<T>
}

export function queryString(query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) value.forEach((item) => search.append(key, item))
    else if (value !== undefined && value !== null && value !== '') search.append(key, String(value))
  }
  return search.size ? `?${search}` : ''
}

const id = encodeURIComponent

export const api = {
  login: (username: string, password: string) => json<Me>('POST', '/auth/login', {}, { username, password }),
  logout: () => send('POST', '/auth/logout'),
  me: () => json<Me>('GET', '/auth/me'),
  changePassword: (current: string, next: string) => send('POST', '/auth/password', {}, { current, next }),

  agents: (query: AgentQuery) => json<Page<AgentSummary>>('GET', '/agents', { ...query }),
  fleet: () => json<FleetSummary>('GET', '/agents/summary'),
  agent: (agent: string) => json<AgentSummary>('GET', `/agents/${id(agent)}`),
  editAgent: (agent: string, change: { labels?: Record<string, string>; cluster?: string | null }) =>
    json<AgentSummary>('PATCH', `/agents/${id(agent)}`, {}, change),
  removeAgent: (agent: string) => send('DELETE', `/agents/${id(agent)}`),
  inventory: (agent: string) => json<Inventory>('GET', `/agents/${id(agent)}/inventory`),
  inventoryHistory: (agent: string) => json<Page<InventoryVersion>>('GET', `/agents/${id(agent)}/inventory/history`),
  metrics: (agent: string, query: { name?: string[]; from: string; to: string; step: string }) =>
    json<MetricHistory>('GET', `/agents/${id(agent)}/metrics`, query),
  latestMetrics: (agent: string) => json<MetricSample>('GET', `/agents/${id(agent)}/metrics/latest`),
  agentTasks: (agent: string, limit = 100) => json<Page<AgentRun>>('GET', `/agents/${id(agent)}/tasks`, { limit }),

  tasks: (query: { state?: string; q?: string; limit?: number; cursor?: string }) => json<Page<Task>>('GET', '/tasks', query),
  task: (task: string) => json<Task>('GET', `/tasks/${id(task)}`),
  createTask: (task: NewTask) => json<Task>('POST', '/tasks', {}, task),
  cancelTask: (task: string) => json<Task>('POST', `/tasks/${id(task)}/cancel`),
  runs: (task: string, query: { state?: string; limit?: number; cursor?: string }) =>
    json<Page<Run>>('GET', `/tasks/${id(task)}/runs`, query),
  outputUrl: (task: string, agent: string) => `/api/v1/tasks/${id(task)}/runs/${id(agent)}/output`,

  enrollTokens: () => json<Page<EnrollToken>>('GET', '/enroll-tokens'),
  createEnrollToken: (token: { name?: string; ttlSeconds?: number; maxUses?: number }) =>
    json<EnrollToken>('POST', '/enroll-tokens', {}, token),
  revokeEnrollToken: (token: string) => send('DELETE', `/enroll-tokens/${id(token)}`),
  tokens: () => json<Page<ApiToken>>('GET', '/tokens'),
  createToken: (token: { name: string; role: Role; ttlSeconds?: number }) => json<ApiToken>('POST', '/tokens', {}, token),
  revokeToken: (token: string) => send('DELETE', `/tokens/${id(token)}`),
  users: () => json<Page<User>>('GET', '/users'),
  createUser: (user: { username: string; password: string; role: Role }) => json<User>('POST', '/users', {}, user),
  removeUser: (username: string) => send('DELETE', `/users/${id(username)}`),
  system: () => json<SystemHealth>('GET', '/system'),
}

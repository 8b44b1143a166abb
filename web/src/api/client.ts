import createClient from 'openapi-fetch'
import { ApiProblem, problemOf, unreachable } from './problem'
import type { components, paths } from './schema'
import { wholeList } from './wholeList'

type Bodies = components['schemas']
type QueryOf<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } } ? Query : never

const http = createClient<paths>({ baseUrl: '/', credentials: 'same-origin', querySerializer: { array: { style: 'form', explode: true } } })

let onSignedOut: () => void = () => undefined

/** Called when the center no longer accepts the session. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

/** The data of an answer; anything but a success is thrown as an `ApiProblem`. */
async function data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const answer = await call.catch((error: unknown) => {
    throw new ApiProblem(unreachable, error instanceof Error ? error.message : String(error), null, 'network')
  })
  if (answer.response.ok) return answer.data as T
  if (answer.response.status === 401 && !answer.response.url.includes('/auth/')) onSignedOut()
  throw problemOf(answer.response, answer.error)
}

const at = (id: string) => ({ params: { path: { id } } })

export const api = {
  login: (username: string, password: string) => data(http.POST('/api/v1/auth/login', { body: { username, password } })),
  logout: () => data(http.POST('/api/v1/auth/logout')),
  me: () => data(http.GET('/api/v1/auth/me')),
  changePassword: (current: string, next: string) => data(http.POST('/api/v1/auth/password', { body: { current, next } })),

  agents: (query: QueryOf<'/api/v1/agents'>) => data(http.GET('/api/v1/agents', { params: { query: filled(query) } })),
  fleet: () => data(http.GET('/api/v1/agents/summary')),
  agent: (id: string) => data(http.GET('/api/v1/agents/{id}', at(id))),
  editAgent: (id: string, body: Bodies['AgentChange']) => data(http.PATCH('/api/v1/agents/{id}', { ...at(id), body })),
  removeAgent: (id: string) => data(http.DELETE('/api/v1/agents/{id}', at(id))),
  inventory: (id: string) => data(http.GET('/api/v1/agents/{id}/inventory', at(id))),
  inventoryHistory: (id: string, query: QueryOf<'/api/v1/agents/{id}/inventory/history'> = {}) =>
    data(http.GET('/api/v1/agents/{id}/inventory/history', { params: { path: { id }, query: filled(query) } })),
  inventoryChanges: (id: string, query: QueryOf<'/api/v1/agents/{id}/inventory/changes'>) =>
    data(http.GET('/api/v1/agents/{id}/inventory/changes', { params: { path: { id }, query } })),
  metrics: (id: string, query: QueryOf<'/api/v1/agents/{id}/metrics'>) =>
    data(http.GET('/api/v1/agents/{id}/metrics', { params: { path: { id }, query } })),
  latestMetrics: (id: string) => data(http.GET('/api/v1/agents/{id}/metrics/latest', at(id))),
  agentTasks: (id: string, limit: number) => data(http.GET('/api/v1/agents/{id}/tasks', { params: { path: { id }, query: { limit } } })),

  tasks: (query: QueryOf<'/api/v1/tasks'>) => data(http.GET('/api/v1/tasks', { params: { query: filled(query) } })),
  task: (id: string) => data(http.GET('/api/v1/tasks/{id}', at(id))),
  previewTask: (body: Bodies['PreviewTask']) => data(http.POST('/api/v1/tasks/preview', { body })),
  createTask: (body: Bodies['CreateTask'], key: string) =>
    data(http.POST('/api/v1/tasks', { params: { header: { 'Idempotency-Key': key } }, body })),
  cancelTask: (id: string) => data(http.POST('/api/v1/tasks/{id}/cancel', at(id))),
  pauseTask: (id: string) => data(http.POST('/api/v1/tasks/{id}/pause', at(id))),
  resumeTask: (id: string) => data(http.POST('/api/v1/tasks/{id}/resume', at(id))),
  retryTask: (id: string, key: string, secrets: Record<string, string> = {}) =>
    data(
      http.POST('/api/v1/tasks/{id}/retry', {
        params: { path: { id }, header: { 'Idempotency-Key': key } },
        body: Object.keys(secrets).length ? { secrets } : {},
      }),
    ),
  batches: (id: string, query: QueryOf<'/api/v1/tasks/{id}/batches'>) =>
    data(http.GET('/api/v1/tasks/{id}/batches', { params: { path: { id }, query } })),
  runs: (id: string, query: QueryOf<'/api/v1/tasks/{id}/runs'>) =>
    data(http.GET('/api/v1/tasks/{id}/runs', { params: { path: { id }, query: filled(query) } })),
  run: (id: string, agentId: string) => data(http.GET('/api/v1/tasks/{id}/runs/{agentId}', { params: { path: { id, agentId } } })),
  outputs: (id: string) => data(http.GET('/api/v1/tasks/{id}/outputs', at(id))),
  runsFile: (id: string, format: 'csv' | 'ndjson') => `/api/v1/tasks/${encodeURIComponent(id)}/runs?format=${format}`,
  outputUrl: (id: string, agent: string, attempt?: number) =>
    `/api/v1/tasks/${encodeURIComponent(id)}/runs/${encodeURIComponent(agent)}/output${attempt ? `?attempt=${attempt}` : ''}`,

  enrollTokens: () => wholeList((query) => data(http.GET('/api/v1/enroll-tokens', { params: { query } }))),
  createEnrollToken: (body: Bodies['CreateEnrolToken']) => data(http.POST('/api/v1/enroll-tokens', { body })),
  revokeEnrollToken: (id: string) => data(http.DELETE('/api/v1/enroll-tokens/{id}', at(id))),
  tokens: () => wholeList((query) => data(http.GET('/api/v1/tokens', { params: { query } }))),
  createToken: (body: Bodies['CreateToken']) => data(http.POST('/api/v1/tokens', { body })),
  revokeToken: (id: string) => data(http.DELETE('/api/v1/tokens/{id}', at(id))),
  users: () => wholeList((query) => data(http.GET('/api/v1/users', { params: { query } }))),
  createUser: (body: Bodies['CreateUser']) => data(http.POST('/api/v1/users', { body })),
  removeUser: (username: string) => data(http.DELETE('/api/v1/users/{username}', { params: { path: { username } } })),
  agentSettings: () => data(http.GET('/api/v1/settings/agents')),
  changeAgentSettings: (body: Bodies['AgentSettingsChange']) => data(http.PUT('/api/v1/settings/agents', { body })),
  audit: (query: QueryOf<'/api/v1/audit'>) => data(http.GET('/api/v1/audit', { params: { query: filled(query) } })),
  system: () => data(http.GET('/api/v1/system')),
}

/** A query without what was left empty. */
export function filled<T extends object | undefined>(query: T): T {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== '' && value !== undefined && value !== null)) as T
}

import { computed, shallowRef } from 'vue'
import { api, whenSignedOut } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { queryClient } from '@/api/queries'
import type { Me, Role } from '@/api/types'
import { backoff } from '@/live/backoff'
import { startLive, stopLive } from '@/live/connection'
import { useFleetStore } from '@/live/fleetStore'
import { useTaskStore } from '@/live/taskStore'

/** Who is signed in: null is nobody, undefined is not asked yet. */
export const me = shallowRef<Me | null | undefined>(undefined)
/** True after a session ended by itself, so that the sign-in page can say so. */
export const ended = shallowRef(false)

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }
const atLeast = (role: Role) => computed(() => !!me.value && rank[me.value.role] >= rank[role])
export const canOperate = atLeast('operator')
export const canAdminister = atLeast('admin')

const isSignedOut = (error: unknown) => error instanceof ApiProblem && error.status === 401

let leave: () => void = () => undefined

/** Tells the session where to send people who are no longer signed in. */
export function onSessionEnd(go: () => void): void {
  leave = go
}

whenSignedOut(() => {
  if (me.value === null) return
  ended.value = !!me.value
  forget()
  leave()
})

function accept(user: Me): void {
  me.value = user
  ended.value = false
  startLive(stillSignedIn)
}

function forget(): void {
  me.value = null
  stopLive()
  queryClient.clear()
  useFleetStore().clear()
  useTaskStore().clear()
}

/** Asks the center once who this is. A center that is away throws; that is not an answer, so it is asked again until it gives one. */
export async function resume(): Promise<Me | null> {
  if (me.value !== undefined) return me.value
  try {
    accept(await api.me())
  } catch (error) {
    if (!isSignedOut(error)) {
      askLater()
      throw error
    }
    me.value = null
  }
  return me.value ?? null
}

let attempt = 0
let later: ReturnType<typeof setTimeout> | undefined

function askLater(): void {
  later ??= setTimeout(() => void askAgain(), backoff(attempt++, Math.random()))
}

/** The page is open already: what it asked for meanwhile is asked for again, or it gives way to the sign-in page. */
async function askAgain(): Promise<void> {
  later = undefined
  const user = await resume().catch(() => undefined)
  if (user === undefined) return
  attempt = 0
  if (user === null) leave()
  else void queryClient.invalidateQueries()
}

export async function signIn(username: string, password: string): Promise<void> {
  await api.login(username, password)
  accept(await api.me())
}

/** Throws where the center did not do it: whoever comes next could go on with the session. */
export async function signOut(): Promise<void> {
  try {
    await api.logout()
  } catch (error) {
    if (!isSignedOut(error)) throw error
  }
  forget()
  leave()
}

/** Before the live feed tries again: is it the session that ended, or only the line? */
async function stillSignedIn(): Promise<boolean> {
  try {
    await api.me()
    return true
  } catch (error) {
    if (!isSignedOut(error)) return true
    ended.value = true
    forget()
    leave()
    return false
  }
}

import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import { canAdminister, onSessionEnd, resume } from './features/identity/session'
import { loadShell } from './ui/shell/load'

declare module 'vue-router' {
  interface RouteMeta {
    open?: boolean
    /** The key of the words for it. */
    title?: string
  }
}

const nothing = { render: () => null }

const routes: RouteRecordRaw[] = [
  {
    path: '/login',
    name: 'login',
    component: () => import('./features/identity/LoginPage.vue'),
    meta: { open: true, title: 'login.submit' },
  },
  { path: '/', name: 'overview', component: () => import('./features/overview/OverviewPage.vue'), meta: { title: 'overview.title' } },
  { path: '/agents', name: 'agents', component: () => import('./features/agents/AgentsPage.vue'), meta: { title: 'agents.title' } },
  {
    path: '/agents/:id',
    name: 'agent',
    component: () => import('./features/agents/AgentPage.vue'),
    props: true,
    meta: { title: 'agents.title' },
  },
  { path: '/run', name: 'run', component: () => import('./features/tasks/RunPage.vue'), meta: { title: 'run.title' } },
  { path: '/tasks', name: 'tasks', component: () => import('./features/tasks/TasksPage.vue'), meta: { title: 'tasks.title' } },
  {
    path: '/tasks/:id',
    name: 'task',
    component: () => import('./features/tasks/TaskPage.vue'),
    props: true,
    meta: { title: 'tasks.title' },
  },
  {
    path: '/settings',
    component: () => import('./features/system/SettingsPage.vue'),
    children: [
      // A redirect would be taken before it is known who this is.
      { path: '', name: 'settings', component: nothing, beforeEnter: () => ({ name: canAdminister.value ? 'enrolment' : 'password' }) },
      {
        path: 'enrolment',
        name: 'enrolment',
        component: () => import('./features/identity/EnrollTokens.vue'),
        meta: { title: 'settings.enrolment' },
      },
      { path: 'tokens', name: 'tokens', component: () => import('./features/identity/ApiTokens.vue'), meta: { title: 'settings.tokens' } },
      { path: 'users', name: 'users', component: () => import('./features/identity/UserList.vue'), meta: { title: 'settings.users' } },
      { path: 'agents', name: 'pace', component: () => import('./features/system/AgentPace.vue'), meta: { title: 'settings.pace' } },
      { path: 'audit', name: 'audit', component: () => import('./features/audit/AuditList.vue'), meta: { title: 'settings.audit' } },
      {
        path: 'password',
        name: 'password',
        component: () => import('./features/identity/MyPassword.vue'),
        meta: { title: 'settings.password' },
      },
      { path: 'system', name: 'system', component: () => import('./features/system/SystemHealth.vue'), meta: { title: 'settings.system' } },
    ],
  },
  {
    path: '/:rest(.*)*',
    name: 'nowhere',
    component: () => import('./features/system/NotFoundPage.vue'),
    meta: { open: true, title: 'notFound.title' },
  },
]

export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  // A center that does not answer is not a reason to sign out: the page shows its own error and retries.
  const asked = resume().catch(() => undefined)
  void preload(to)
  const user = await asked
  if (user === null) return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  return true
})

/** The code of a page and of its frame comes while the center is asked who this is, not after it. A failure shows where the code is needed. */
function preload(to: RouteLocationNormalized): Promise<unknown> {
  const pages = to.matched.map((part) => part.components?.default).filter((page) => typeof page === 'function')
  return Promise.allSettled([loadShell(), ...pages.map((load) => (load as () => Promise<unknown>)())])
}

onSessionEnd(() => {
  const here = router.currentRoute.value
  if (!here.meta.open) void router.push({ name: 'login', query: { next: here.fullPath } })
})

/** Only a path of this page may follow a sign-in. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

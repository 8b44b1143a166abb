import { expect, test } from 'vitest'
import { createRouter, createWebHistory } from 'vue-router'
import { hostsOfVisit, runOn } from './runOn'

const hosts = (count: number) => Array.from({ length: count }, (_, index) => `host-${index}`)
const page = { render: () => null }

async function visit(chosen: string[]) {
  const routes = [
    { path: '/', component: page },
    { path: '/run', name: 'run', component: page },
  ]
  const router = createRouter({ history: createWebHistory(), routes })
  await router.push('/')
  await router.push(runOn(chosen))
  return router.currentRoute.value
}

test('a few hosts stand in the address, which can be handed on', async () => {
  const { fullPath, query } = await visit(hosts(2))
  expect([fullPath, hostsOfVisit(query, history.state)]).toEqual(['/run?hosts=host-0,host-1', hosts(2)])
})

test('more hosts than an address can hold are carried beside it', async () => {
  const { fullPath, query } = await visit(hosts(3000))
  expect([fullPath, hostsOfVisit(query, history.state)]).toEqual(['/run', hosts(3000)])
})

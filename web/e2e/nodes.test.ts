import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SystemStatus } from '@/api/types'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { looksAs, reason } from './looks'
import { Site } from './site'
import { View } from './view'

const between = (reason: string) => ({ source: 'nodes', reason, code: null })
const away = between(
  'Redis at redis.example.com:6379 does not answer: this node works alone, and what happens at other nodes is not shown here until it is back.',
)
const clocks = between('The clocks of center1-4f1d and center2-91c0 are 42 s apart: keep both by NTP.')

/** What a center among others says of itself, put into the browser: the page's part, without a Redis and a PostgreSQL of its own. */
describe.each(looksAs(['desktop-en', 'phone-zh'], 'nodes-'))('A center of several nodes, $title', (look) => {
  const words = look.locale === 'zh-CN' ? zh : en
  let site: Site
  let view: View
  let troubles: SystemStatus['problems'] = []
  let isStoreAway = false

  const go = (path: string) => view.page.goto(`${site.url}/web${path}`)
  const banner = () => view.page.getByTestId('system-banner')

  beforeAll(async () => {
    if (reason) return
    site = await Site.start()
    view = await View.open(look)
    await view.page.clock.install()
    view.expectComplaint(/status of 401 .*\/auth\/me$/)
    await view.page.route('**/api/v1/system', async (route) => {
      if (isStoreAway) return route.fulfill({ status: 503, json: { status: 503, code: 'store.unavailable', detail: 'No database' } })
      const alone = (await (await route.fetch()).json()) as SystemStatus
      await route.fulfill({ json: withOthers(alone) })
    })
    await go('/agents')
    await view.page.getByTestId('login-username').fill('admin')
    await view.page.getByTestId('login-password').fill(site.password)
    await view.page.getByTestId('login-submit').click()
    await view.page.getByText(words.agents.empty).waitFor()
  })
  beforeEach(({ skip }) => skip(reason !== '', reason))
  afterAll(async () => {
    await view?.close()
    await site?.end()
  })

  function withOthers(alone: SystemStatus): SystemStatus {
    const nodes = alone.nodes.flatMap((self) => [
      { ...self, id: 'center1-4f1d', startedAt: '2026-03-01T08:00:00.000Z' },
      { ...self, id: 'center2-91c0' },
    ])
    return { ...alone, node: 'center2-91c0', nodes, problems: troubles }
  }

  test('says nothing while all is well, and lists the nodes', async () => {
    await go('/settings/system')
    await view.page.getByText(words.nodes.title).waitFor()
    const rows = await view.page.getByTestId('node').allInnerTexts()
    expect(rows).toHaveLength(2)
    expect(rows.map((row) => row.includes(words.nodes.here))).toEqual([false, true])
    expect(await view.inspect('well')).toEqual([])
    await go('/agents')
    await view.page.getByText(words.agents.empty).waitFor()
    expect(await banner().count()).toBe(0)
  })

  test('says on every page that it works degraded, until it is over', async () => {
    troubles = [away, clocks]
    await go('/agents')
    await banner().waitFor()
    expect(await banner().innerText()).toContain(away.reason)
    expect(await view.inspect('degraded')).toEqual([])

    await banner().getByRole('link').click()
    await view.page.getByText(clocks.reason).waitFor()
    expect(await banner().count()).toBe(0)
    expect(await view.inspect('problems')).toEqual([])

    await go('/')
    await banner().waitFor()
    troubles = []
    await view.page.clock.fastForward('00:16') // it asks again every 15 s
    await banner().waitFor({ state: 'detached' })
    expect(view.unexpected()).toEqual([])
  })

  test('says in the reader’s language what is wrong with the database, also while nothing else can be read', async () => {
    troubles = [{ source: 'store', reason: 'The disk of the database is full.', code: 'store.full' }]
    await go('/agents')
    await banner().getByText(words.store.full).waitFor()
    expect(await view.inspect('full')).toEqual([])

    view.expectComplaint(/status of 503 .*\/system$/)
    isStoreAway = true
    await view.page.clock.fastForward('00:16')
    await banner().getByText(words.store.unavailable).waitFor()
    isStoreAway = false
    troubles = []
    await view.page.clock.fastForward('00:16')
    await banner().waitFor({ state: 'detached' })
    expect(view.unexpected()).toEqual([])
  })
})

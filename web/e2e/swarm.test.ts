import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { bothScreens, looksAs, reason } from './looks'
import { Site } from './site'
import { until } from './until'
import { View } from './view'

const agents = 500
const why = reason || (Site.hasSwarm ? '' : 'skipped: there is no nerve-swarm; dotnet build bench/Nerve.Swarm -c Release')

/** Work on hundreds of hosts, as its operator sees it. */
describe.each(looksAs(process.env.CI ? bothScreens : ['desktop-en'], 'swarm-'))('A task on 500 hosts, $title', (look) => {
  const words = look.locale === 'zh-CN' ? zh : en
  let site: Site
  let view: View

  const get = async <T>(path: string) => (await (await view.page.request.get(`${site.url}/api/v1${path}`)).json()) as T
  const taskId = () => new URL(view.page.url()).pathname.split('/').at(-1) ?? ''

  beforeAll(async () => {
    if (why) return
    site = await Site.start()
    site.startSwarm(agents, 0.03)
    view = await View.open(look)
    view.expectComplaint(/status of 401 .*\/auth\/me$/)
    await view.page.goto(`${site.url}/web/agents`)
    await view.page.getByTestId('login-username').fill('admin')
    await view.page.getByTestId('login-password').fill(site.password)
    await view.page.getByTestId('login-submit').click()
    await until('all are online', async () => (await get<{ total: number }>('/agents?status=online')).total === agents)
  })
  beforeEach(({ skip }) => skip(why !== '', why))
  afterAll(async () => {
    await view?.close()
    await site?.end()
  })

  test('lists the fleet', async () => {
    await view.page.reload()
    await view.page
      .getByText(words.common.hosts.split('|').at(-1)?.replace('{n}', String(agents)).trim() ?? '')
      .first()
      .waitFor()
    // Longer whenever one looks further down, so never seen as a whole: fleet.test.ts looks at a short one.
    await view.keep('fleet')
  })

  test('names the busiest hosts in full', async () => {
    await view.page.goto(`${site.url}/web/`)
    const names = view.page.locator('td.name')
    await names.nth(9).waitFor()
    expect(await names.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent))).toEqual(
      [],
    )
    expect(await view.inspect('overview')).toEqual([])
  })

  test('goes over all hosts in growing batches, and shows each at a glance', async () => {
    await view.page.goto(`${site.url}/web/run`)
    await view.page.getByRole('radio', { name: words.run.all }).click()
    await view.page.getByTestId('target-preview').locator('li').first().waitFor()
    await view.page.getByRole('radio', { name: words.rollout.inBatches }).click()
    await view.page
      .getByTestId('rollout-batches')
      .locator('input')
      .or(view.page.locator('input[data-testid=rollout-batches]'))
      .fill('10, 20%, *2')
    await view.page.getByTestId('rollout-sizes').filter({ hasText: '10, 100, 200' }).waitFor()
    await view.page
      .getByTestId('rollout-failures')
      .locator('input')
      .or(view.page.locator('input[data-testid=rollout-failures]'))
      .fill('10%')
    await view.page.getByTestId('command-line').fill('/usr/bin/nvidia-smi --query-gpu=driver_version --format=csv')
    expect(await view.inspect('form')).toEqual([])
    await view.page.getByTestId('run-submit').click()
    await view.page.getByTestId('confirm-count').fill(String(agents))
    await view.page.getByTestId('confirm-run').click()

    await view.page.locator('[data-testid=rollout-phase][data-phase=finished]').waitFor()
    await view.page.locator(`[data-testid=run-grid][data-known="${agents}"]`).waitFor()
    expect(await view.inspect('task')).toEqual([])
    const { counts } = await get<{ counts: Record<string, number> }>(`/tasks/${taskId()}`)
    expect((counts.succeeded ?? 0) + (counts.failed ?? 0)).toBe(agents)
    expect(counts.failed).toBeGreaterThan(0)
    await view.page.getByRole('img', { name: `${counts.failed} ${words.state.failed}` }).waitFor()
    const groups = view.page.getByTestId('output-group')
    await groups.nth(1).waitFor()
    expect(await groups.evaluateAll((all) => all.map((one) => one.getAttribute('data-count')))).toEqual([
      String(counts.succeeded),
      String(counts.failed),
    ])
  })

  test('opens the host that is pointed at', async () => {
    const grid = view.page.getByTestId('run-grid')
    const { items } = await get<{ items: { agentId: string; hostname: string }[] }>(`/tasks/${taskId()}/runs?limit=1000`)
    const box = await grid.boundingBox()
    await grid.click({ position: { x: (box?.width ?? 0) - 3, y: 3 } })
    await until('a host of the first row is chosen', () => Promise.resolve(view.page.url().includes('host=')))
    const chosen = new URL(view.page.url()).searchParams.get('host')
    const name = items.find(({ agentId }) => agentId === chosen)?.hostname ?? ''
    await view.page.getByRole('link', { name, exact: true }).waitFor()
    // One of those that the list no longer has.
    await view.page.getByRole('group', { name: words.task.filterRuns }).getByRole('button', { name: words.state.failed }).click()
    await view.page.getByRole('link', { name, exact: true }).waitFor()
    expect(view.unexpected()).toEqual([])
  })
})

import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { bothScreens, looksAs, reason } from './looks'
import type { Program } from './process'
import { Site } from './site'
import { until } from './until'
import { View } from './view'

/** One operator's first hour, step after step on one site; each step is kept as pictures in light and dark. */
describe.each(looksAs(bothScreens))('The page, $title', (look) => {
  const words = look.locale === 'zh-CN' ? zh : en
  let site: Site
  let view: View
  let token: string
  let guest: Program

  const go = (path: string) => view.page.goto(`${site.url}/web${path}`)
  const tab = (name: string) => view.page.getByRole('tab', { name }).click()

  beforeAll(async () => {
    if (reason) return
    site = await Site.start()
    view = await View.open(look)
  })
  beforeEach(({ skip }) => skip(reason !== '', reason))
  afterEach(async ({ task }) => {
    if (reason) return
    if (task.result?.state === 'fail') await view.shoot(`${look.name}-failed-${task.name.slice(0, 20)}`)
    expect(view.unexpected()).toEqual([])
  })
  afterAll(async () => {
    await view?.close()
    await site?.end()
  })

  test('refuses a wrong password and lets the right one in', async () => {
    view.expectComplaint(/status of 401 .*\/auth\/(me|login)$/)
    await go('/agents')
    await view.page.getByTestId('login-username').fill('admin')
    await view.page.getByTestId('login-password').fill('a wrong guess')
    await view.page.getByTestId('login-submit').click()
    await view.page.getByText(words.login.wrong).waitFor()
    expect(await view.inspect('wrong-password')).toEqual([])

    await view.page.getByTestId('login-password').fill(site.password)
    await view.page.getByTestId('login-submit').click()
    await view.page.getByText(words.agents.empty).waitFor()
    expect(new URL(view.page.url()).pathname).toBe('/web/agents')
  })

  test('says how to begin when no host is enrolled', async () => {
    expect(await view.inspect('no-agents')).toEqual([])
    await go('/')
    await view.page.getByText(words.first.titleNone).waitFor()
    expect(await view.inspect('first-run')).toEqual([])

    await view.page.getByRole('button', { name: words.first.create }).click()
    await view.page.getByTestId('create-submit').click()
    token = (await view.page.getByTestId('secret-token').innerText()).trim()
    expect(await view.page.getByTestId('start-command').innerText()).toContain(site.url)
    expect(await view.inspect('new-token')).toEqual([])
  })

  test('shows hosts come and go without a reload', async () => {
    await go('/agents')
    await view.page.getByText(words.agents.empty).waitFor()
    await view.page.evaluate(() => Object.assign(window, { stillThisPage: true }))
    site.startAgent('node-a', token, ['--cluster', 'h100-east', '--labels', 'rack=a1,role=train'])
    await view.page.locator('[data-status=online]').first().waitFor()
    guest = site.startAgent('node-b', token, ['--cluster', 'h100-east', '--labels', 'rack=a2,role=train'])
    const measured = view.page.locator('[data-status=online]').filter({ hasText: /\d\s?%/ })
    await until('both report', async () => {
      // No row moves under the pointer: a list that is shown takes in new hosts when asked to.
      const update = view.page.getByRole('button', { name: words.agents.changed })
      if (await update.isVisible()) await update.click()
      return (await measured.count()) === 2
    })
    expect(await view.inspect('fleet')).toEqual([])

    await guest.end('SIGTERM')
    await view.page.locator('[data-status=offline]').waitFor()
    expect(await view.inspect('one-stopped')).toEqual([])
    expect(await view.page.evaluate(() => 'stillThisPage' in window)).toBe(true)
  })

  test('gives a host a label and a cluster, and takes them back', async () => {
    const field = (name: string) =>
      view.page
        .getByTestId(name)
        .locator('input, textarea')
        .or(view.page.locator(`:is(input, textarea)[data-testid=${name}]`))
    const edit = async (cluster: string, labels: string) => {
      await view.page.getByRole('button', { name: words.agent.edit }).click()
      await view.page.getByTestId('own-labels').getByText('=a1').waitFor()
      await field('edit-cluster').fill(cluster)
      await field('edit-labels').fill(labels)
    }
    const save = () => view.page.getByTestId('edit-save').click()
    const heading = view.page.locator('header.stack')
    await go('/agents')
    await view.page.getByRole('link', { name: 'node-a' }).first().click()
    await edit('spare', 'owner=ml')
    expect(await view.inspect('edit-labels')).toEqual([])
    await save()
    await heading.getByText('spare').waitFor()
    await heading.getByText('=ml').waitFor()

    await edit('', '')
    await save()
    await heading.getByText('h100-east').waitFor()
    await heading.getByText('=ml').waitFor({ state: 'detached' })
    await heading.getByText('=a1').waitFor()
  })

  test('shows a host: hardware, filesystems, networks, charts that move', async () => {
    await go('/agents')
    await view.page.locator('[data-status=online] a').first().click()
    await view.page.getByText(words.agent.kernel, { exact: true }).waitFor()
    expect(await view.inspect('host')).toEqual([])

    await tab(words.agent.tabs.hardware)
    await view.page.getByText(words.hw.topology, { exact: true }).waitFor()
    await view.page.getByRole('heading', { name: words.hw.filesystems }).waitFor()
    await view.page.getByText('lo', { exact: true }).first().waitFor()
    expect(await view.inspect('hardware')).toEqual([])

    await tab(words.agent.tabs.metrics)
    const chart = view.page.locator('.plot canvas').first()
    const picture = () => chart.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
    await chart.waitFor()
    const before = await picture()
    await until('the chart moves', async () => (await picture()) !== before)
    expect(await view.inspect('metrics')).toEqual([])

    await zoomIn(chart)
    await until('the address says what is shown', () => Promise.resolve(/[?&]span=\d+-\d+/.test(view.page.url())))
    await view.page.getByTestId('time-live').waitFor()
    await chart.waitFor()
    expect(await view.inspect('metrics-zoomed')).toEqual([])
    await view.page.getByTestId('time-live').click()
    await until('the charts show the present again', () => Promise.resolve(!view.page.url().includes('span=')))
  })

  /** With a mouse by drawing across a chart, with a finger by the button. */
  async function zoomIn(chart: Locator): Promise<void> {
    const box = await chart.boundingBox()
    if (look.width < 600 || !box) return view.page.getByTestId('time-zoomIn').click()
    await view.page.mouse.move(box.x + box.width * 0.85, box.y + 60)
    await view.page.mouse.down()
    await view.page.mouse.move(box.x + box.width * 0.99, box.y + 60, { steps: 5 })
    await view.page.mouse.up()
  }

  test('runs a command and shows its lines as they are written', async () => {
    const gate = (n: number) => `until [ -e "${site.at(`go${n}`)}" ] || [ ! -e "$0" ]; do sleep 0.05; done\n`
    const script = site.write('count.sh', `echo line 1\n${gate(1)}echo line 2\n${gate(2)}echo line 3 >&2\nexit 3\n`)
    const output = view.page.getByTestId('task-output')
    await view.page.getByTestId('run-command').click()
    await view.page.getByTestId('command-line').fill(`/bin/sh ${script}`)
    expect(await view.inspect('run')).toEqual([])
    // The answer is lost on its way: asked for again, it is of the same task.
    view.expectComplaint(/ERR_FAILED .*\/api\/v1\/tasks$/)
    await view.page.route('**/api/v1/tasks', (route) => route.fetch().then(() => route.abort()), { times: 1 })
    await view.page.getByTestId('run-submit').click()
    await view.page.getByRole('alert').waitFor()
    expect(await view.inspect('run-fault')).toEqual([])
    await view.page.getByTestId('run-submit').click()

    await output.getByText('line 1').waitFor()
    expect(await output.getByText('line 2').count()).toBe(0)
    await view.page.locator('[data-testid=run-state][data-state=running]').waitFor()
    site.write('go1')
    await output.getByText('line 2').waitFor()
    expect(await output.getByText('line 3').count()).toBe(0)
    expect(await view.page.getByTestId('task-exit-code').count()).toBe(0)
    expect(await view.inspect('running')).toEqual([])
    site.write('go2')
    await output.getByText('line 3').waitFor()
    await view.page.locator('[data-testid=run-state][data-state=failed]').waitFor()
    expect(await view.page.getByTestId('task-exit-code').innerText()).toBe('3')
    expect(await view.page.getByTestId('task-duration').innerText()).toMatch(/\d/)
    expect(await view.inspect('finished')).toEqual([])

    await go('/tasks')
    await view.page.getByTestId('task-row').waitFor()
    expect(await view.inspect('tasks')).toEqual([])
    await go('/')
    await view.page.getByRole('heading', { name: words.overview.averages }).waitFor()
    await view.page.getByTestId('task-row').waitFor()
    expect(await view.inspect('overview')).toEqual([])
  })

  test('describes the API, and turns to nobody else for it', async () => {
    await view.page.goto(`${site.url}/api-reference`)
    await view.page.getByRole('heading', { name: 'Nerve' }).first().waitFor()
    expect(await view.page.getByText(/Ask AI|Generate SDK|Deploy/).count()).toBe(0)
  })

  test('names the hosts of a task by what they are, and shows them before', async () => {
    view.expectComplaint(/status of 400 .*\/tasks\/preview$/)
    const preview = view.page.getByTestId('target-preview')
    await go('/run')
    await view.page.getByRole('radio', { name: words.run.labels }).click()
    await view.page.getByTestId('run-selector').fill('status in online')
    await view.page.getByText(/at character 11/).waitFor()
    await view.page.getByTestId('run-selector').fill('status=online, cpu.threads>=1000000')
    await preview.getByText(words.run.nobody).waitFor()
    await view.page.getByTestId('command-line').fill('/bin/echo chosen by facts')
    expect(await view.page.getByTestId('run-submit').isDisabled()).toBe(true)

    await view.page.getByTestId('run-selector').fill('status=online, cpu.threads>=1')
    await preview.locator('li').first().waitFor()
    expect(await view.inspect('run-selector')).toEqual([])
    await view.page.getByTestId('run-submit').click()
    await view.page.getByTestId('task-output').getByText('chosen by facts').waitFor()
  })

  test('goes over hosts in batches, stops when one fails, and repeats what failed', async () => {
    await go('/run')
    await view.page.getByRole('radio', { name: words.run.all }).click()
    await view.page.getByRole('radio', { name: words.rollout.inBatches }).click()
    const batches = view.page.getByTestId('rollout-batches').locator('input').or(view.page.locator('input[data-testid=rollout-batches]'))
    await batches.fill('1, many')
    await view.page.getByText(/'many'/).waitFor()
    expect(await view.page.getByTestId('run-submit').isDisabled()).toBe(true)
    await batches.fill('1')
    await view.page.getByTestId('rollout-sizes').filter({ hasText: '1, 1' }).waitFor()
    await view.page.getByTestId('rollout-confirm').click()
    await view.page.getByTestId('command-line').fill('/bin/false')
    expect(await view.inspect('rollout-form')).toEqual([])
    await view.page.getByTestId('run-submit').click()

    await view.page.locator('[data-testid=rollout-phase][data-phase=stopped]').waitFor()
    await view.page.locator('[data-testid=task-state][data-state=failed]').waitFor()
    expect(await view.inspect('rollout')).toEqual([])
    const first = view.page.url()
    await view.page.getByTestId('task-retry').click()
    await view.page.getByText(words.rollout.retryOf).waitFor()
    const second = view.page.url()
    expect(second).not.toBe(first)
    await view.page.locator('[data-testid=task-state][data-state=failed]').waitFor()
    await view.page.getByTestId('task-retry').click()
    await until('the repetition is repeated, too', () => Promise.resolve(![first, second].includes(view.page.url())))
  })

  test('lets an admin set how often agents report', async () => {
    await go('/settings/agents')
    await view.page.getByLabel(words.pace.sampleSeconds).fill('3600')
    await view.page.getByLabel(words.pace.smartMinutes).fill('60')
    await view.page.getByRole('alert').waitFor()
    expect(await view.page.getByRole('button', { name: words.pace.save }).isDisabled()).toBe(true)
    await view.page.getByLabel(words.pace.sampleSeconds).fill('')
    await view.page.getByLabel(words.pace.sampleSeconds).blur()
    await view.page.getByRole('button', { name: words.pace.save }).click()
    await view.page.getByText(words.pace.changed.replace('{who}', 'admin')).waitFor()
    expect(await view.inspect('pace')).toEqual([])
  })

  test('says when the center is away, and heals', async () => {
    view.expectComplaint(
      /ERR_CONNECTION_(REFUSED|RESET)/,
      /WebSocket/,
      /Failed to (fetch|complete negotiation|start the connection)/,
      /ERR_EMPTY/,
      // A link that the old center agreed to and the new one does not know.
      /status of 404 .*\/hubs\/live/,
    )
    await go('/agents')
    await view.page.locator('[data-status=online]').first().waitFor()
    await site.stopCenter()
    await view.page.getByText(words.live.retry).waitFor()
    expect(await view.inspect('center-away')).toEqual([])

    await site.startCenter()
    await view.page.getByText(words.live.retry).waitFor({ state: 'detached' })
    await view.page.locator('[data-status=online]').first().waitFor()
  })
})

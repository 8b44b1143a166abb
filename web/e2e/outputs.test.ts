import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { bothScreens, looksAs, reason } from './looks'
import { Site } from './site'
import { until } from './until'
import { View } from './view'

/** What one host said otherwise than the rest, as somebody finds it. */
describe.each(looksAs(bothScreens, 'outputs-'))('The outputs of a task, $title', (look) => {
  const words = look.locale === 'zh-CN' ? zh : en
  let site: Site
  let view: View

  beforeAll(async () => {
    if (reason) return
    site = await Site.start()
    const token = site.enrolToken()
    for (const host of ['node-a', 'node-b', 'node-c']) site.startAgent(host, token)
    view = await View.open(look)
    view.expectComplaint(/status of 401 .*\/auth\/me$/)
    await view.page.goto(`${site.url}/web/agents`)
    await view.page.getByTestId('login-username').fill('admin')
    await view.page.getByTestId('login-password').fill(site.password)
    await view.page.getByTestId('login-submit').click()
    await until('three are online', async () => {
      const answer = await view.page.request.get(`${site.url}/api/v1/agents?status=online`)
      return ((await answer.json()) as { total: number }).total === 3
    })
  })
  beforeEach(({ skip }) => skip(reason !== '', reason))
  afterAll(async () => {
    await view?.close()
    await site?.end()
  })

  test('folds those who said the same, and shows where one differs', async () => {
    // Agents on one machine differ in their host names only.
    const script = '#!/bin/sh\necho driver 570\n[ "$(uname -n)" = node-b ] && echo "gpu 3 is missing"\necho done\n'
    const answer = await view.page.request.post(`${site.url}/api/v1/tasks`, { data: { kind: 'script', script, target: { all: true } } })
    const task = (await answer.json()) as { id: string }
    await view.page.goto(`${site.url}/web/tasks/${task.id}`)
    await view.page.locator('[data-testid=task-state][data-state=succeeded]').waitFor()

    const groups = view.page.getByTestId('output-group')
    await groups.nth(1).waitFor()
    expect(await groups.evaluateAll((all) => all.map((one) => one.getAttribute('data-count')))).toEqual(['2', '1'])
    await groups.nth(1).click()
    const difference = view.page.getByTestId('output-diff')
    await difference.getByText('gpu 3 is missing').waitFor()
    expect(await difference.locator('.added').count()).toBe(1)
    expect(await difference.locator('.removed').count()).toBe(0)
    expect(await view.inspect('folded')).toEqual([])

    await view.page.getByRole('radio', { name: words.outputs.text }).click()
    expect(await view.page.locator('pre').innerText()).toBe('driver 570\ngpu 3 is missing\ndone\n')
    await view.page.getByTestId('outputs').getByRole('button', { name: 'node-b' }).click()
    await view.page.getByTestId('task-output').getByText('gpu 3 is missing').waitFor()
  })

  test('tells a further attempt, and what the one before wrote', async () => {
    const been = site.at('been')
    const script = `#!/bin/sh\nbeen=${been}-$(uname -n)\nif [ -e "$been" ]; then echo well; else touch "$been"; echo busy; exit 75; fi\n`
    const retries = { count: 2, exitCodes: [75] }
    const answer = await view.page.request.post(`${site.url}/api/v1/tasks`, {
      data: { kind: 'script', script, retries, target: { all: true } },
    })
    const task = (await answer.json()) as { id: string }
    await view.page.goto(`${site.url}/web/tasks/${task.id}`)
    await view.page.locator('[data-testid=task-state][data-state=succeeded]').waitFor()

    const attempt = view.page.getByTestId('run-attempt')
    await attempt.getByText(words.task.attempt.replace('{n}', '2')).waitFor()
    await view.page.getByTestId('task-output').getByText('well').waitFor()
    const before = await view.page.request.get(new URL((await attempt.getByRole('link').getAttribute('href')) ?? '', site.url).href)
    expect(await before.text()).toBe('busy\n')
    expect(await view.inspect('attempt')).toEqual([])
  })

  test('misses nothing that happened while it did not listen', async () => {
    const { page } = view
    const shows = (what: string, state: string) => page.locator(`[data-testid=${what}-state][data-state=${state}]`).waitFor()
    const data = { kind: 'script', script: '#!/bin/sh\nsleep 2\n', target: { all: true } }
    const { id } = (await (await page.request.post(`${site.url}/api/v1/tasks`, { data })).json()) as { id: string }

    // The feed is slow to come.
    let connect = () => {}
    const mayConnect = new Promise<void>((resolve) => (connect = resolve))
    await page.route('**/hubs/live/negotiate**', async (route) => mayConnect.then(() => route.continue()))
    await page.goto(`${site.url}/web/tasks/${id}`)
    await shows('run', 'running')
    await until('it is over', async () => {
      const answer = await page.request.get(`${site.url}/api/v1/tasks/${id}`)
      return ((await answer.json()) as { state: string }).state === 'succeeded'
    })
    // The center tells what changed once in a while, not at once; this was told to nobody.
    await page.waitForTimeout(1500)
    connect()
    await shows('task', 'succeeded')
    await shows('run', 'succeeded')
    await page.unrouteAll()
  })

  test('gives all runs as a file', async () => {
    const [file] = await Promise.all([view.page.waitForEvent('download'), view.page.getByRole('link', { name: 'CSV' }).click()])
    expect(file.suggestedFilename()).toMatch(/\.csv$/)
    const stream = await file.createReadStream()
    const text = (await stream.toArray()).join('')
    expect(text.trim().split('\n')).toHaveLength(4)
    expect(text).toContain('node-b')
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { gpuMachine } from './gpuMachine'
import { sampleAt, seriesNames } from './gpuMetrics'
import { bothScreens, looksAs, reason } from './looks'
import { ScriptedAgent } from './scriptedAgent'
import { Site } from './site'
import { View } from './view'

const backwards = (count: number, minutes: number) => Array.from({ length: count }, (_, index) => sampleAt((index - count) * minutes))

/** Two days of a machine with eight GPUs: what its charts tell, and that nothing which the agent sends is out of reach. */
describe.each(looksAs(bothScreens, 'metrics-'))('The metrics of a host, $title', (look) => {
  const words = look.locale === 'zh-CN' ? zh : en
  let site: Site
  let agent: ScriptedAgent
  let view: View

  /** A chart by its title: what a reader hears of it. */
  const chart = (title: string) => view.page.locator(`[role=img][aria-label^="${title}"]`)
  const says = async (title: string) => (await chart(title).first().getAttribute('aria-label')) ?? ''
  const param = (name: string) => new URL(view.page.url()).searchParams.get(name)

  beforeAll(async () => {
    if (reason) return
    site = await Site.start()
    agent = await ScriptedAgent.join(site.url, site.enrolToken(), 'gpu-42')
    await agent.report(gpuMachine)
    await agent.measure(seriesNames, [...backwards(240, 12).slice(0, -6), ...backwards(60, 1)])
    view = await View.open(look)
    view.expectComplaint(/status of 401 .*\/auth\/me$/)
    await view.page.goto(`${site.url}/web/agents/${agent.id}?tab=metrics`)
    await view.page.getByTestId('login-username').fill('admin')
    await view.page.getByTestId('login-password').fill(site.password)
    await view.page.getByTestId('login-submit').click()
  })
  beforeEach(({ skip }) => skip(reason !== '', reason))
  afterAll(async () => {
    await view?.close()
    await agent?.end()
    await site?.end()
  })

  test('come in groups, over an hour and over a month', async () => {
    await chart(words.metrics.gpuUse).waitFor()
    await view.page.getByRole('radio', { name: words.metrics.ranges['1h'], exact: true }).click()
    await agent.measure(seriesNames, [sampleAt(0)])
    expect(await view.inspect('hour')).toEqual([])
    expect(await says(words.metrics.gpuPower)).toMatch(/GPU 0 \d{3} W, GPU 1 \d{3} W, .*GPU 7 \d{3} W/)
    expect(await says(words.metrics.gpuClock)).toMatch(/GPU 0 1\.\d\d GHz/)
    expect(await says(words.metrics.diskOperations)).toContain(`nvme0n1 ${words.metrics.read}`)
    expect(await says(words.metrics.pressureFull)).toContain('I/O')
    expect(await chart(words.metrics.gpuXid).count()).toBe(0)
    await chart(words.metrics.gpuUse).scrollIntoViewIfNeeded()
    await view.keep('gpus')

    await view.page.getByRole('radio', { name: words.metrics.ranges['30d'], exact: true }).click()
    await view.page.waitForLoadState('networkidle')
    expect(param('range')).toBe('30d')
    expect(await says(words.metrics.gpuUse)).toMatch(/GPU 0 \d+\.\d%/)
    await view.keep('month')
    expect(view.unexpected()).toEqual([])
  })

  test('open what is folded, and keep it in the address', async () => {
    await view.page.getByRole('radio', { name: words.metrics.ranges['1h'], exact: true }).click()
    for (const group of ['gpuHealth', 'storageHealth', 'sensors', 'system'] as const) {
      const heading = view.page.getByRole('button', { name: words.metrics.groups[group] })
      expect(await heading.getAttribute('aria-expanded')).toBe('false')
      await heading.click()
    }
    await chart(words.metrics.gpuXid).waitFor()
    expect(param('open')).toBe('gpuHealth,storageHealth,sensors,system')
    await view.page.waitForLoadState('networkidle')
    expect(await says(words.metrics.gpuXid)).toContain('GPU 6 Xid 63 1')
    expect(await says(words.metrics.gpuNvlinksActive)).toContain('GPU 5 17')
    expect(await says(words.metrics.diskWear)).toContain(`nvme1n1 ${words.metrics.spare} 7.0%`)
    expect(await says(words.metrics.raidDisks)).toContain(`md0 ${words.metrics.missing} 1`)
    expect(await says(words.metrics.fans)).toMatch(/fan1 \d{4} rpm/)
    expect(await says(words.metrics.probes)).toContain('smart 0')
    await view.page.getByRole('button', { name: words.metrics.groups.gpuHealth }).scrollIntoViewIfNeeded()
    expect(await view.inspect('health')).toEqual([])
    await view.keep('opened', true)
  })

  test('chart any other series on demand', async () => {
    const picker = view.page.getByTestId('other-series')
    await picker.scrollIntoViewIfNeeded()
    await picker.click()
    await view.page.getByText('gpu.throttle_reasons · 8').click()
    await view.page.getByText('cpu.context_switches_per_second').click()
    await view.page.keyboard.press('Escape')
    await chart('gpu.throttle_reasons').waitFor()
    expect(param('series')).toBe('gpu.throttle_reasons,cpu.context_switches_per_second')
    await view.page.waitForLoadState('networkidle')
    expect(await says('gpu.throttle_reasons')).toContain('GPU 1 sw_power_cap 1')
    await view.keep('others')
    expect(view.unexpected()).toEqual([])
  })

  test('say when the clock of their host is too far ahead', async () => {
    const minutes = 60_000
    const warning = view.page.getByTestId('clock-ahead')
    await view.page.getByRole('tab', { name: words.agent.tabs.summary }).click()
    await agent.measure(['load.1m'], [{ at: new Date(Date.now() + 14.5 * minutes), values: [1] }])
    await warning.waitFor()
    expect(await warning.innerText()).toMatch(/14 (min|分钟)/)
    expect(await view.inspect('clock')).toEqual([])
    await agent.measure(['load.1m'], [{ at: new Date(), values: [1] }])
    await warning.waitFor({ state: 'detached' })
  })
})

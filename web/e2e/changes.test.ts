import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { bothScreens, looksAs, reason } from './looks'
import { ScriptedAgent } from './scriptedAgent'
import { Site } from './site'
import { View } from './view'

const gib = 2 ** 30
const slots = ['A1', 'A2', 'B1', 'B2']
const dimm = (locator: string) => ({
  locator,
  sizeBytes: 64 * gib,
  type: 'DDR5',
  manufacturer: 'Samsung',
  partNumber: 'M321R8GA0BB0-CQKZJ',
})
const gpu = (index: number) => ({
  index,
  vendor: 'NVIDIA',
  model: 'NVIDIA H100 80GB HBM3',
  uuid: `GPU-5d9e0000-0000-0000-0000-00000000000${index}`,
  pciAddress: `0000:${index}b:00.0`,
  memoryBytes: 80 * gib,
  driverVersion: '550.127.05',
  pcieWidth: 16,
})
const whole = {
  agentVersion: '1.0.0',
  host: { hostname: 'gpu-17', bootId: 'boot-1', kernel: '5.15.0-125-generic', os: { id: 'ubuntu', name: 'Ubuntu', version: '22.04' } },
  cpu: { model: 'Intel(R) Xeon(R) Platinum 8480C', sockets: 2, cores: 112, threads: 224, flags: ['avx512f'] },
  memory: { totalBytes: 256 * gib, modules: slots.map(dimm) },
  gpus: Array.from({ length: 8 }, (_, index) => gpu(index)),
  network: [{ name: 'eth0', type: 'ethernet', speedMbps: 100_000, state: 'up', addresses: ['10.0.0.17/24'] }],
}
const updated = {
  ...whole,
  host: { ...whole.host, bootId: 'boot-2', kernel: '6.8.0-48-generic' },
  gpus: whole.gpus.map((one) => ({ ...one, driverVersion: '570.86.15' })),
}
const broken = {
  ...updated,
  memory: { totalBytes: 192 * gib, modules: [...slots.slice(0, 3).map(dimm), { locator: 'B2' }] },
  gpus: updated.gpus.map((one) => (one.index === 3 ? { ...one, pcieWidth: 8 } : one)),
  network: [{ ...whole.network[0], speedMbps: 25_000 }],
}

/** A machine that is updated and then loses a DIMM and half a link, as its operator reads it. */
describe.each(looksAs(bothScreens, 'changes-'))('The changes of a host, $title', (look) => {
  const words = look.locale === 'zh-CN' ? zh : en
  let site: Site
  let agent: ScriptedAgent
  let view: View

  const rows = () => view.page.locator('[data-change]')
  const text = async () => (await rows().allInnerTexts()).map((row) => row.replace(/\s+/g, ' '))

  beforeAll(async () => {
    if (reason) return
    site = await Site.start()
    agent = await ScriptedAgent.join(site.url, site.enrolToken(), 'gpu-17')
    view = await View.open(look)
    view.expectComplaint(/status of 401 .*\/auth\/me$/, /status of 404 .*\/inventory$/)
    await view.page.goto(`${site.url}/web/agents/${agent.id}?tab=changes`)
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

  test('tells each change as it comes, keeps the history and compares any two moments', async () => {
    await view.page.getByText(words.agent.noInventory, { exact: true }).waitFor()
    await agent.report(whole)
    const nothing = words.changes.nothing.split('{when}')[0] ?? ''
    await view.page.getByText(nothing).first().waitFor()
    expect(await view.inspect('first')).toEqual([])

    await agent.report(updated)
    await rows().first().waitFor()
    expect(await text()).toEqual([
      `${words.changes.restarted} ${words.changes.restartedNote}`,
      expect.stringContaining('5.15.0-125-generic → 6.8.0-48-generic'),
      expect.stringMatching(/^GPU 0–7 .* 550\.127\.05 → 570\.86\.15$/),
    ])

    await agent.report(broken)
    await rows().filter({ hasText: 'B2' }).first().waitFor()
    expect(await text()).toEqual([
      expect.stringContaining('256 GiB → 192 GiB'),
      expect.stringMatching(new RegExp(`B2 ${words.changes.kind.removed} 64 GiB · DDR5 · Samsung`)),
      expect.stringMatching(/^GPU 3 .* ×16 → ×8$/),
      expect.stringMatching(/eth0 .* 100 Gb\/s → 25 Gb\/s$/),
    ])
    expect(await view.inspect('last')).toEqual([])

    await view.page.getByRole('radio', { name: words.changes.spans['7d'] }).click()
    await rows().filter({ hasText: words.changes.restarted }).waitFor()
    expect(await rows().count()).toBe(7)
    expect(new URL(view.page.url()).searchParams.get('between')).toBe('7d')
    expect(await view.inspect('week')).toEqual([])

    await view.page.locator('button.moment').nth(1).click()
    await view.page.locator('[data-change]').filter({ hasText: '×8' }).waitFor({ state: 'detached' })
    expect(await rows().count()).toBe(3)
    await view.page.goBack()
    await view.page.locator('[data-change]').filter({ hasText: '×8' }).waitFor()
    expect(view.unexpected()).toEqual([])
  })

  test('says when nothing changed in between, and when there is no history so far back', async () => {
    const now = new Date(Date.now() + 60_000).toISOString()
    await view.page.goto(`${site.url}/web/agents/${agent.id}?tab=changes&between=${now}..`)
    await view.page.getByText(words.changes.nothingText).waitFor()
    expect(await view.inspect('nothing')).toEqual([])

    await view.page.goto(`${site.url}/web/agents/${agent.id}?tab=changes&between=2020-01-01T00:00:00Z..`)
    view.expectComplaint(/status of 404 .*inventory\/changes/)
    await view.page.getByText(words.changes.tooEarly).waitFor()
    expect(await view.inspect('too-early')).toEqual([])
    await view.page.getByRole('button', { name: words.changes.since.split('{when}')[0] }).click()
    await rows().first().waitFor()
    expect(await rows().count()).toBe(7)
    expect(view.unexpected()).toEqual([])
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'
import { gpuMachine, hybridMachine } from './gpuMachine'
import { sampleAt, seriesNames } from './gpuMetrics'
import { bothScreens, looksAs, reason } from './looks'
import { ScriptedAgent } from './scriptedAgent'
import { Site } from './site'
import { View } from './view'

/** A machine with eight GPUs, as its operator reads it. */
describe.each(looksAs(bothScreens, 'hardware-'))('The hardware of a host, $title', (look) => {
  const words = look.locale === 'zh-CN' ? zh : en
  let site: Site
  let agent: ScriptedAgent
  let view: View

  /** What a panel says, in one line. */
  const panel = async (title: string) =>
    (await view.page.locator('section.panel', { has: view.page.getByRole('heading', { name: title, exact: true }) }).innerText()).replace(
      /\s+/g,
      ' ',
    )
  const opener = (name: string) => view.page.locator('button[aria-expanded]', { hasText: new RegExp(`^${name.replace('.', '\\.')}( |$)`) })

  beforeAll(async () => {
    if (reason) return
    site = await Site.start()
    agent = await ScriptedAgent.join(site.url, site.enrolToken(), 'gpu-42')
    await agent.report(gpuMachine)
    await agent.measure(seriesNames, [sampleAt(0)])
    view = await View.open(look)
    view.expectComplaint(/status of 401 .*\/auth\/me$/)
    await view.page.goto(`${site.url}/web/agents/${agent.id}?tab=hardware`)
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

  test('shows what counts at once, and the rest of a part when it is opened', async () => {
    await view.page.getByText('P2-DIMMH2').first().waitFor()
    expect(await view.inspect('first')).toEqual([])

    const processor = await panel(words.hw.cpu)
    for (const fact of ['6 / 143 / 8', '2.00 GHz', '3.80 GHz', '111,223', '0-55,112-167', '944 GiB', '10 21', '46', '57'])
      expect(processor).toContain(fact)
    expect(await panel(words.hw.host)).toMatch(/Rack Mount Chassis.*VLAN 305.*chrony/)
    await view.page.locator('summary').first().click()
    expect(await panel(words.hw.host)).toMatch(/31e4f100-7a5b-11ee-8000-7cc2559e9f00.*169\.254\.3\.254/)

    expect(await panel(words.hw.memory)).toMatch(/1\.88 TiB.*8 TiB.*17/)
    const modules = await panel(words.hw.modules)
    expect(modules).toContain('30 × 64 GiB DDR5 4400 MT/s')
    expect(modules.match(new RegExp(`H2 ${words.hw.emptySlot}`, 'g'))).toHaveLength(2)
    await view.page.locator('button.slot').first().click()
    expect(await panel(words.hw.modules)).toMatch(/Registered.*4800 MT\/s.*64.*16.*M321R8GA0BB0-CQKZJ.*80CE02231A00/)
    expect(await panel(words.hw.memoryControllers)).toMatch(/mc1 .*17 .*CPU_SrcID#1_MC#0_Chan#1_DIMM#0/)

    const disks = await panel(words.hw.disks)
    for (const fact of ['71 °C', '104%', '12 + 0', '1 / 2', words.hw.failing]) expect(disks).toContain(fact)
    await opener('nvme1n1').click()
    expect(await panel(words.hw.disks)).toMatch(
      new RegExp(`eui\\.36434b30574001000025384300000001.*${words.hw.warning.spare}, ${words.hw.warning.reliability}.*7\\.0%`),
    )
    await opener('dm-0').click()
    expect(await panel(words.hw.disks)).toMatch(/sdc running · 0000:17:00\.0.*sdd offline/)
    await opener('bus/0:megaraid,9').click()
    expect(await panel(words.hw.disks)).toContain(`${words.hw.behind} megaraid,9`)
    expect(await panel(words.hw.raids)).toMatch(new RegExp(`md0 .*${words.hw.raidState.degraded}.*1 / 2`))
    expect(await panel(words.hw.volumes)).toMatch(/vg0-scratch .*LVM.*md0 .*\/scratch.*dm-1/)
    expect(view.unexpected()).toEqual([])
  })

  test('shows cards and ports with what is wrong with them', async () => {
    const gpus = view.page.locator('button.tile')
    await gpus.nth(7).waitFor()
    expect(await gpus.count()).toBe(8)
    expect((await gpus.nth(6).innerText()).replace(/\s+/g, ' ')).toMatch(
      new RegExp(`78\\.0% .*12 GiB / 80 GiB .*64 °C · 608 / 700 W.*${words.hw.gpuTrouble.resetPending}`),
    )
    await gpus.nth(1).click()
    await view.page.getByText(`${words.hw.throttleReason.sw_power_cap}, board_limit_of_tomorrow`).waitFor()
    await view.keep('gpu')

    await opener('bond0').click()
    await opener('ens1f0').click()
    const network = await panel(words.hw.network)
    expect(network).toMatch(/802\.3ad.*layer3\+4.*ens1f1 down · .*7c:c2:55:9e:aa:01/)
    for (const fact of ['vlan 305', words.hw.noCarrier, '15b3:101d', '28.39.1002']) expect(network).toContain(fact)
    expect(network).toContain(words.hw.ofMost.replace('{now}', '4').replace('{most}', '8'))

    await opener('mlx5_4/1').click()
    const ports = await panel(words.hw.infiniband)
    for (const fact of ['400 Gb/s', '4X NDR', 'symbol_error 14', 'link_downed 3', 'a088:c203:00ab:14f5', '0000:9d:00.1', 'ib4'])
      expect(ports).toContain(fact)
    await opener('mlx5_4/1').scrollIntoViewIfNeeded()
    expect(await view.inspect('ports')).toEqual([])
    await view.keep('opened', true)
  })

  test('tells the cores of a hybrid processor apart', async () => {
    await agent.report(hybridMachine)
    await view.page.getByText(words.hw.coreType.efficiency).waitFor()
    const processor = await panel(words.hw.cpu)
    expect(processor).toMatch(new RegExp(`${words.hw.coreType.performance} 8 16 5\\.80 GHz 0-15`))
    expect(processor).toMatch(/L1d 48 KiB 8 .*L1d 32 KiB 16 /)
    expect(await view.page.locator('main').innerText()).not.toMatch(/(hw|changes|metrics)\.[a-zA-Z]+/)
  })
})

import axe from 'axe-core'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { limit } from './until'

export const chromiumPath = [process.env.NERVE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
)

export interface Look {
  name: string
  width: number
  height: number
  locale: 'en-GB' | 'zh-CN'
}

const screenshots = fileURLToPath(new URL('../../artifacts/screenshots', import.meta.url))
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

type Rules = { type: 'tag' | 'rule'; values: string[] }
const standards: Rules = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }
const contrast: Rules = { type: 'rule', values: ['color-contrast'] }

/** A browser with a fresh profile on one page, and all that went wrong in it. */
export class View {
  private readonly complaints: string[] = []
  private awaited: RegExp[] = []
  private count = 0

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
    private readonly look: Look,
  ) {
    page.setDefaultTimeout(limit)
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(`${message.text()} ${message.location().url}`)
    })
    page.on('pageerror', (error) => this.complaints.push(error.stack ?? error.message))
  }

  static async open(look: Look): Promise<View> {
    const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: flags, chromiumSandbox: false })
    const phone = look.width < 720
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.height },
      locale: look.locale,
      isMobile: phone,
      hasTouch: phone,
      deviceScaleFactor: phone && process.env.CI ? 2 : 1, // four times the points to draw, for pictures that are kept
      reducedMotion: 'reduce',
    })
    return new View(browser, await context.newPage(), look)
  }

  /** The browser itself complains of every answer that is no success: these are meant to happen. */
  expectComplaint(...patterns: RegExp[]): void {
    this.awaited.push(...patterns)
  }

  /** What was written to the console and not expected, content policy violations included. */
  unexpected(): string[] {
    return this.complaints.filter((text) => !this.awaited.some((pattern) => pattern.test(text)))
  }

  /** Keeps a picture in light and dark, and tells what is wrong with the page as it stands there. */
  async inspect(name: string): Promise<string[]> {
    const faults: string[] = []
    this.count++
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme })
      await this.page.waitForFunction(isStill)
      await this.shoot(`${this.look.name}-${colorScheme}-${String(this.count).padStart(2, '0')}-${name}`)
      // Only contrast is another one in the dark.
      const rules = colorScheme === 'light' ? standards : contrast
      faults.push(...(await this.barriers(rules)).map((fault) => `${name}, ${colorScheme}: ${fault}`))
    }
    await this.page.emulateMedia({ colorScheme: 'light' })
    const tooWide = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (tooWide > 0) faults.push(`${name}: ${tooWide} px wider than the screen`)
    return faults
  }

  async shoot(name: string, fullPage = false): Promise<void> {
    mkdirSync(screenshots, { recursive: true })
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled', fullPage })
  }

  /** Keeps a picture without a look at what may be wrong, of all of a long page if need be. */
  async keep(name: string, whole = false): Promise<void> {
    await this.page.waitForFunction(isStill)
    await this.shoot(`${this.look.name}-${name}`, whole)
  }

  async close(): Promise<void> {
    await this.browser.close()
  }

  /** What keeps people out, by WCAG 2.2 AA: controls without names, too little contrast and their like. */
  private async barriers(rules: Rules): Promise<string[]> {
    const { width, height } = this.look
    try {
      // An answer that comes meanwhile moves controls under the phone's bar: only what stood still was seen.
      for (let tries = 1; ; tries++) {
        await this.unroll()
        const before = await this.pageHeight()
        const found = await this.violations(rules)
        if (tries === 3 || (await this.pageHeight()) === before) return found
      }
    } finally {
      await this.page.setViewportSize({ width, height })
    }
  }

  private async pageHeight(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollHeight)
  }

  /** All of the page at once: what lies under the phone's bar until one scrolls is not too small for that. */
  private async unroll(): Promise<void> {
    const { width, height } = this.look
    let shown = height
    // Lists draw more when there is room, so a page may grow with its screen; some are as high as it is, and always do.
    for (let tries = 0; tries < 3; tries++) {
      const whole = await this.pageHeight()
      if (whole <= shown) return
      shown = whole
      await this.page.setViewportSize({ width, height: shown })
      await this.page.waitForFunction((wanted) => window.innerHeight === wanted, shown)
      await this.page.evaluate(isDrawn)
    }
  }

  private async violations(rules: Rules): Promise<string[]> {
    await this.page.evaluate(axe.source)
    return this.page.evaluate(async (runOnly) => {
      const { violations } = await window.axe.run({ runOnly, resultTypes: ['violations'] })
      // The dialogs' library gives its headings no level; readers take them for level 2, which is right.
      const ours = (node: { html: string }) => !/^<div class="n-card-header/.test(node.html)
      return violations.flatMap(({ id, nodes }) =>
        nodes
          .filter(ours)
          .slice(0, 4)
          .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} (${failureSummary?.split('\n')[1]?.trim()})`),
      )
    }, rules)
  }
}

declare global {
  interface Window {
    axe: typeof axe
  }
}

/** Long lists draw what came into view only with the next frame, and have the colours of before until then. */
function isDrawn(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))
}

function isStill(): boolean {
  return document.getAnimations().every((animation) => {
    const endless = animation.effect?.getComputedTiming().iterations === Infinity
    return endless || animation.playState !== 'running'
  })
}

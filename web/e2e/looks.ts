import { chromiumPath, type Look } from './view'

const screens = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
}
const locales = { en: 'en-GB', zh: 'zh-CN' } as const

type Name = `${keyof typeof screens}-${keyof typeof locales}`

/** Each screen and each language once; CI looks at all four. */
export const bothScreens: Name[] = process.env.CI ? ['desktop-en', 'desktop-zh', 'phone-en', 'phone-zh'] : ['desktop-en', 'phone-zh']

/** Why there is nothing to look with. Under CI a missing browser is a fault; elsewhere it is said. */
export const reason =
  chromiumPath || process.env.CI ? '' : 'skipped: there is no Chromium here; apt-get install chromium, or set NERVE_CHROMIUM'

/** How the page is looked at, for `describe.each`: those of this project's screen (see vitest.config.ts); all where none is set. */
export function looksAs(names: Name[], prefix = ''): (Look & { title: string })[] {
  return names
    .filter((name) => name.startsWith(process.env.NERVE_SCREEN ?? ''))
    .map((name) => {
      const [screen, locale] = name.split('-') as [keyof typeof screens, keyof typeof locales]
      const title = reason ? `${prefix}${name} (${reason})` : prefix + name
      return { ...screens[screen], locale: locales[locale], name: prefix + name, title }
    })
}

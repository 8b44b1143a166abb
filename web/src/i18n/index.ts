import { computed } from 'vue'
import { createI18n } from 'vue-i18n'
import { en } from './en'
import { zh } from './zh'

export type Language = 'en' | 'zh'

const storageKey = 'nerve.language'

export const languages: { value: Language; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'zh', label: '简体中文' },
]

export function preferred(stored: string | null, browser: readonly string[]): Language {
  if (stored === 'en' || stored === 'zh') return stored
  const first = browser.find((tag) => /^(en|zh)\b/i.test(tag))
  return first?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export const i18n = createI18n<[typeof en], Language, false>({
  legacy: false,
  locale: preferred(localStorage.getItem(storageKey), navigator.languages),
  fallbackLocale: 'en',
  messages: { en, zh },
})

/** The tag for dates and numbers. */
export const localeTag = computed(() => (i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en-GB'))

function describe(language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

export function chooseLanguage(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(storageKey, language)
  describe(language)
}

describe(i18n.global.locale.value)

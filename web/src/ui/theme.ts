import { darkTheme, type GlobalThemeOverrides } from 'naive-ui'
import { computed, ref, watchEffect } from 'vue'
import { applyTokens, dark, light } from './tokens'

export type ThemeChoice = 'system' | 'light' | 'dark'

const storageKey = 'nerve.theme'
const media = window.matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(media.matches)
media.addEventListener('change', (event) => (systemDark.value = event.matches))

export const themeChoice = ref<ThemeChoice>((localStorage.getItem(storageKey) as ThemeChoice | null) ?? 'system')
export const isDark = computed(() => (themeChoice.value === 'system' ? systemDark.value : themeChoice.value === 'dark'))
export const tokens = computed(() => (isDark.value ? dark : light))

watchEffect(() => {
  localStorage.setItem(storageKey, themeChoice.value)
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light'
  document.documentElement.style.colorScheme = isDark.value ? 'dark' : 'light'
  applyTokens(tokens.value)
})

export const naiveTheme = computed(() => (isDark.value ? darkTheme : null))

const sans = "'Geist Variable', ui-sans-serif, system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
const mono = "'Geist Mono Variable', ui-monospace, 'SF Mono', Menlo, Consolas, 'Noto Sans CJK SC', monospace"

export const naiveOverrides = computed<GlobalThemeOverrides>(() => {
  const t = tokens.value
  return {
    common: {
      fontFamily: sans,
      fontFamilyMono: mono,
      fontSize: '13px',
      fontSizeSmall: '13px',
      fontSizeMedium: '13px',
      borderRadius: '6px',
      primaryColor: t.accent,
      primaryColorHover: t.accentHover,
      primaryColorPressed: t.accentHover,
      primaryColorSuppl: t.accent,
      errorColor: t.crit,
      errorColorHover: t.crit,
      errorColorPressed: t.crit,
      warningColor: t.warn,
      successColor: t.good,
      textColorBase: t.text,
      textColor1: t.text,
      textColor2: t.text,
      textColor3: t.muted,
      placeholderColor: t.faint,
      bodyColor: t.bg,
      cardColor: t.surface,
      modalColor: t.raised,
      popoverColor: t.raised,
      inputColor: t.surface,
      borderColor: t.lineStrong,
      dividerColor: t.line,
    },
    Button: {
      textColorPrimary: t.onAccent,
      textColorHoverPrimary: t.onAccent,
      textColorPressedPrimary: t.onAccent,
      textColorFocusPrimary: t.onAccent,
    },
    Input: { border: `1px solid ${t.lineStrong}` },
    // The library draws none in the dark.
    InternalSelection: { border: `1px solid ${t.lineStrong}` },
  }
})

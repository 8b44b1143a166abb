import { useI18n } from 'vue-i18n'

/** What a driver or the kernel calls something, in the reader's language; as it came where the dictionary lacks it. */
export function useWord() {
  const { t, te } = useI18n()
  return (kind: string, name: string): string => (te(`hw.${kind}.${name}`) ? t(`hw.${kind}.${name}`) : name)
}

/** Headings for the inventory's fields: the ones of this tab, else those that changes are told with. */
export function useLabel() {
  const { t, te } = useI18n()
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
  return (name: string): string => (te(`hw.${name}`) ? t(`hw.${name}`) : capital(t(`changes.field.${name}`)))
}

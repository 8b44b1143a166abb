import { useI18n } from 'vue-i18n'

/** What a driver or the kernel calls something, in the reader's language; as it came where the dictionary lacks it. */
export function useWord() {
  const { t, te } = useI18n()
  return (kind: string, name: string): string => (te(`hw.${kind}.${name}`) ? t(`hw.${kind}.${name}`) : name)
}

import { ref, type Ref } from 'vue'

const media = window.matchMedia('(max-width: 720px)')
const narrow = ref(media.matches)
media.addEventListener('change', (event) => (narrow.value = event.matches))

/** A phone, or a window as narrow as one: tables become cards. */
export const useNarrow = (): Readonly<Ref<boolean>> => narrow

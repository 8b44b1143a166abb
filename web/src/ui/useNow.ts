import { ref } from 'vue'

/** The present moment, to the second, shared by everything that shows an age. */
export const now = ref(Date.now())

setInterval(() => {
  if (!document.hidden) now.value = Date.now()
}, 1000)
document.addEventListener('visibilitychange', () => (now.value = Date.now()))

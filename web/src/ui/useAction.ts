import { ref } from 'vue'
import { useProblem } from './useProblem'

/** What a form or a button does: once at a time, whichever way it is asked for, with a word on what went wrong. */
export function useAction<Args extends unknown[]>(act: (...args: Args) => Promise<unknown>, describe = useProblem()) {
  const busy = ref(false)
  const fault = ref('')

  async function run(...args: Args): Promise<void> {
    if (busy.value) return
    busy.value = true
    fault.value = ''
    try {
      await act(...args)
    } catch (error) {
      fault.value = describe(error)
    } finally {
      busy.value = false
    }
  }
  return { run, busy, fault }
}

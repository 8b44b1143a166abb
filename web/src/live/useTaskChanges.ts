import { watch } from 'vue'
import { useThrottled } from '@/ui/useThrottled'
import { useTaskStore } from './taskStore'

/** However fast tasks go on, what the center lists of them is asked for this often, in milliseconds. */
const pace = 1000

/** Calls when tasks appeared or changed their state, and when `more` did: then only the center can say what a list of them holds. */
export function useTaskChanges(reread: () => void, more: () => string = () => ''): void {
  const store = useTaskStore()
  watch(() => [...store.tasks.values()].map(({ id, state }) => id + state).join() + more(), useThrottled(reread, pace))
}

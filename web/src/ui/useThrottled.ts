import { onScopeDispose } from 'vue'

/** Acts once for all who ask within `pace` milliseconds, at their end. */
export function useThrottled(act: () => void, pace: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined
      act()
    }, pace)
  }
}

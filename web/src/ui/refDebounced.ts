import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Follows `source`, once it has been still for `wait` milliseconds. */
export function refDebounced<T>(source: Ref<T>, wait: number): Ref<T> {
  const settled = ref(source.value) as Ref<T>
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => (settled.value = value), wait)
  })
  onScopeDispose(() => clearTimeout(timer))
  return settled
}

import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { watchTopic } from './connection'
import type { TopicHandler } from './topics'

/** Hears a topic of the live feed for as long as the caller lives; null hears nothing. */
export function useTopic(topic: MaybeRefOrGetter<string | null>, handler: TopicHandler): void {
  let stop: (() => void) | undefined
  watch(
    () => toValue(topic),
    (name) => {
      stop?.()
      stop = name ? watchTopic(name, handler) : undefined
    },
    { immediate: true },
  )
  onScopeDispose(() => stop?.())
}

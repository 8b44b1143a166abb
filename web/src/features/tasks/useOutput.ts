import type { ISubscription } from '@microsoft/signalr'
import { onScopeDispose, ref, shallowRef, toValue, triggerRef, watch, type MaybeRefOrGetter } from 'vue'
import type { OutputChunk, Run } from '@/api/types'
import { connectedHub, liveState } from '@/live/connection'
import { OutputLines } from './outputLines'

/** What the center says when what a run wrote was removed after its time. */
const expiredCode = 'output.expired'

/** The output of one run, as it is written; after a break it goes on at the byte where it stopped. */
export function useOutput(run: MaybeRefOrGetter<Pick<Run, 'id' | 'taskId' | 'agentId' | 'state'>>) {
  const output = shallowRef(new OutputLines())
  const complete = ref(false)
  const broken = ref(false)
  const expired = ref(false)
  let subscription: ISubscription<OutputChunk> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let frame = 0

  function show(): void {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      triggerRef(output)
    })
  }

  function stop(): void {
    clearTimeout(retry)
    subscription?.dispose()
    subscription = undefined
  }

  function follow(): void {
    stop()
    const { taskId, agentId } = toValue(run)
    const hub = connectedHub()
    if (!hub || complete.value || expired.value) return
    const target = output.value
    subscription = hub.stream<OutputChunk>('FollowOutput', taskId, agentId, target.next).subscribe({
      next: (chunk) => {
        broken.value = false
        if (target.add(chunk)) show()
      },
      complete: () => {
        complete.value = true
        broken.value = false
        show()
      },
      error: (reason: unknown) => {
        expired.value = String(reason).includes(expiredCode)
        if (expired.value) return
        broken.value = true
        if (connectedHub()) retry = setTimeout(follow, 2000)
      },
    })
  }

  // Another attempt on the same host is another run.
  watch(
    () => toValue(run).id,
    () => {
      output.value = new OutputLines()
      complete.value = false
      broken.value = false
      expired.value = false
      follow()
    },
    { immediate: true },
  )
  // One that was given up for lost may be heard of again.
  watch(
    () => toValue(run).state,
    (_, before) => {
      if (before !== 'lost') return
      complete.value = false
      follow()
    },
  )
  watch(() => liveState.epoch, follow)
  onScopeDispose(() => {
    stop()
    cancelAnimationFrame(frame)
  })
  return { output, complete, broken, expired }
}

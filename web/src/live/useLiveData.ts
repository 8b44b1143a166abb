import { useQueryClient } from '@tanstack/vue-query'
import { watch } from 'vue'
import type { AgentSummary, Task } from '@/api/types'
import { liveState } from './connection'
import { useFleetStore } from './fleetStore'
import { rereadQueries } from './rereadQueries'
import { useTaskStore } from './taskStore'
import { useTopic } from './useTopic'

/** Feeds the stores for as long as the page is open, and refetches what is shown after every gap in the feed. */
export function useLiveData(): void {
  const fleet = useFleetStore()
  const tasks = useTaskStore()
  const client = useQueryClient()
  let summaryTimer: ReturnType<typeof setTimeout> | undefined

  useTopic('fleet', ({ type, data }) => {
    if (type === 'watched') void rereadQueries(client, ['fleet'], ['agents'], ['agent'])
    if (type === 'agents') fleet.merge(data as AgentSummary[])
    if (type === 'agentAdded') fleet.add((data as { id: string }).id)
    if (type === 'agentRemoved') fleet.remove((data as { id: string }).id)
  })
  useTopic('tasks', ({ type, data }) => {
    if (type === 'watched') void rereadQueries(client, ['tasks'])
    if (type === 'task') tasks.mergeTask(data as Task)
  })

  watch(
    () => fleet.membership,
    () => {
      summaryTimer ??= setTimeout(() => {
        summaryTimer = undefined
        for (const queryKey of [['fleet'], ['agents', 'troubled']]) void client.invalidateQueries({ queryKey })
      }, 1000)
    },
  )
  watch(
    () => liveState.epoch,
    (epoch) => {
      if (epoch < 2) return
      // What the feed missed, the stores do not know: the center's answers count again.
      fleet.clear()
      tasks.clear()
      void client.invalidateQueries()
    },
  )
}

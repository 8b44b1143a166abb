import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '@/api/client'
import { useTaskStore } from '@/live/taskStore'
import { useTaskChanges } from '@/live/useTaskChanges'

/** The latest tasks of a host with what became of them there; the feed tells of tasks, not of each host's part in them. */
export function useAgentRuns(agent: MaybeRefOrGetter<string>, limit: number) {
  const store = useTaskStore()
  const query = useQuery({
    queryKey: computed(() => ['agentTasks', toValue(agent), limit]),
    queryFn: () => api.agentTasks(toValue(agent), limit),
  })
  const runs = computed(() => query.data.value?.items ?? [])
  useTaskChanges(
    () => void query.refetch(),
    // While a task goes on, this host may be done with it.
    () => JSON.stringify(runs.value.filter(({ run }) => !run.finishedAt).map(({ run }) => store.tasks.get(run.taskId)?.counts)),
  )
  return { query, runs }
}

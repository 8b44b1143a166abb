/**
 * What the center tells of a topic. `watched` is the page's own word: from now on the topic is heard.
 * What was read before it may be out of date, since nobody told of what happened in between.
 */
export interface LiveEvent {
  topic: string
  type: string
  data: unknown
}

export type TopicHandler = (event: LiveEvent) => void

/** Who listens to what. The first listener of a topic asks the center for it, the last one gives it back. */
export class TopicTable {
  private readonly handlers = new Map<string, Set<TopicHandler>>()

  constructor(
    private readonly onFirst: (topic: string) => void,
    private readonly onLast: (topic: string) => void,
  ) {}

  names(): string[] {
    return [...this.handlers.keys()]
  }

  add(topic: string, handler: TopicHandler): () => void {
    const set = this.handlers.get(topic) ?? new Set()
    set.add(handler)
    if (set.size === 1) {
      this.handlers.set(topic, set)
      this.onFirst(topic)
    }
    return () => this.remove(topic, handler)
  }

  deliver(event: LiveEvent): void {
    for (const handler of [...(this.handlers.get(event.topic) ?? [])]) handler(event)
  }

  private remove(topic: string, handler: TopicHandler): void {
    const set = this.handlers.get(topic)
    if (!set?.delete(handler) || set.size > 0) return
    this.handlers.delete(topic)
    this.onLast(topic)
  }
}

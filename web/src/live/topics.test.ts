import { expect, it, vi } from 'vitest'
import { backoff } from './backoff'
import { TopicTable } from './topics'

it('asks for a topic once however many listen, and gives it back with the last', () => {
  const first = vi.fn()
  const last = vi.fn()
  const table = new TopicTable(first, last)
  const stopA = table.add('fleet', vi.fn())
  const stopB = table.add('fleet', vi.fn())
  expect(first.mock.calls).toEqual([['fleet']])
  stopA()
  stopA()
  expect(last).not.toHaveBeenCalled()
  stopB()
  expect(last.mock.calls).toEqual([['fleet']])
  expect(table.names()).toEqual([])
})

it('delivers to those who listen to the topic only', () => {
  const table = new TopicTable(vi.fn(), vi.fn())
  const fleet = vi.fn()
  const tasks = vi.fn()
  table.add('fleet', fleet)
  table.add('tasks', tasks)
  table.deliver({ topic: 'fleet', type: 'agents', data: [] })
  expect(fleet).toHaveBeenCalledTimes(1)
  expect(tasks).not.toHaveBeenCalled()
})

it('waits 1 s at first, doubles, stops at 30 s, and spreads', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoff(attempt, 1))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  expect(backoff(4, 0)).toBe(8000)
  expect(backoff(0, 0)).toBe(1000)
})

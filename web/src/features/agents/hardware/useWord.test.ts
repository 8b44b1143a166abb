import { mount } from '@vue/test-utils'
import { defineComponent, h } from 'vue'
import { expect, it } from 'vitest'
import { i18n } from '@/i18n'
import { useWord } from './useWord'

const Said = defineComponent({
  props: { kind: { type: String, required: true }, name: { type: String, required: true } },
  setup: (props) => {
    const word = useWord()
    return () => h('span', word(props.kind, props.name))
  },
})
const said = (kind: string, name: string) => mount(Said, { props: { kind, name }, global: { plugins: [i18n] } }).text()

it('translates what the dictionary has and repeats what it lacks', () => {
  expect(said('throttleReason', 'sw_power_cap')).toBe('power limit')
  expect(said('throttleReason', 'board_limit_of_tomorrow')).toBe('board_limit_of_tomorrow')
  expect(said('linkState', 'sleeping')).toBe('sleeping')
})

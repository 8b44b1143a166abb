import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { expect, test } from 'vitest'
import Segments from './Segments.vue'

const options = ['a', 'b', 'c'].map((value) => ({ value, label: value }))

test('the arrows choose, all around, and Tab comes to the one that is chosen', async () => {
  const group = mount(Segments, {
    props: { options, label: 'Which', modelValue: 'a', 'onUpdate:modelValue': (modelValue: string) => group.setProps({ modelValue }) },
    attachTo: document.body,
  })
  const said: unknown[] = []
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowLeft']) {
    await group.trigger('keydown', { key })
    await nextTick()
    said.push([
      document.activeElement?.textContent?.trim(),
      group
        .findAll('[tabindex="0"]')
        .map((one) => one.text())
        .join(),
    ])
  }
  expect(said).toEqual(['b', 'c', 'a', 'c'].map((one) => [one, one]))
})

import { mount } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { ref } from 'vue'
import { i18n } from '@/i18n'
import CommandPalette from './CommandPalette.vue'

const act = vi.hoisted(() => vi.fn())
vi.mock('./usePalette', () => ({
  usePalette: () => ({ groups: ref([{ title: 'Hosts', entries: [{ id: 'a', label: 'node-1', icon: 'i', act }] }]) }),
}))

test('a word that an input method ends with Enter chooses nothing', async () => {
  const input = mount(CommandPalette, { global: { plugins: [i18n] } }).find('input')
  await input.trigger('keydown', { key: 'Enter', isComposing: true })
  await input.trigger('keydown', { key: 'Enter', keyCode: 229 })
  expect(act).not.toHaveBeenCalled()
  await input.trigger('keydown', { key: 'Enter' })
  expect(act).toHaveBeenCalledTimes(1)
})

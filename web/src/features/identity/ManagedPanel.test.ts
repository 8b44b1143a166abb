import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { i18n } from '@/i18n'
import ManagedPanel from './ManagedPanel.vue'

const texts = { title: 'Users', text: '', create: 'Add', empty: 'No users', emptyText: '' }
const error = new ApiProblem(503, 'Unavailable', 'The database is away.', null)
const shown = (count: number) =>
  mount(ManagedPanel, { props: { ...texts, pending: false, error, count }, slots: { default: 'ada' }, global: { plugins: [i18n] } }).text()

test('a list that is there stays when it could not be had again', () => {
  expect(shown(1)).toContain('ada')
  expect(shown(1)).not.toContain('The database is away.')
})

test('a list that could not be had is not empty', () => {
  expect(shown(0)).toContain('The database is away.')
  expect(shown(0)).not.toContain('No users')
})

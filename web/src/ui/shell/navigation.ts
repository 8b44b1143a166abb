import { LayoutDashboard, ListChecks, Server, Settings } from '@lucide/vue'
import type { Component } from 'vue'

export interface Place {
  name: 'overview' | 'agents' | 'tasks' | 'settings'
  icon: Component
  root: string
  key: string
}

export const places: Place[] = [
  { name: 'overview', icon: LayoutDashboard, root: '/', key: 'g o' },
  { name: 'agents', icon: Server, root: '/agents', key: 'g a' },
  { name: 'tasks', icon: ListChecks, root: '/tasks', key: 'g t' },
  { name: 'settings', icon: Settings, root: '/settings', key: 'g s' },
]

export const isHere = (place: Place, path: string): boolean => (place.root === '/' ? path === '/' : path.startsWith(place.root))

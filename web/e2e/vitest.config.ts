import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The looks of one screen, and what needs none. */
const project = (name: string, exclude: string[] = []) => ({
  extends: true as const,
  test: { name, env: { NERVE_SCREEN: name }, include: ['e2e/**/*.test.ts'], exclude },
})

// The same on each screen; and hundreds of agents, which outside of CI are seen on one.
const onOneScreen = ['e2e/delivery.test.ts', ...(process.env.CI ? [] : ['e2e/swarm.test.ts'])]

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { alias: { '@': fileURLToPath(new URL('../src', import.meta.url)) } },
  test: {
    projects: [project('desktop'), project('phone', onOneScreen)],
    // Two browsers at a time; limits are for what never comes, not for a machine with other work to do.
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
})

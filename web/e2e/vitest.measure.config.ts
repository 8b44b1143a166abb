import { mergeConfig } from 'vitest/config'
import tests from './vitest.config'

/** The bench's part in the browser: `make bench` runs it, not the tests. */
export default mergeConfig(
  { ...tests, test: { ...tests.test, projects: undefined, include: [], maxWorkers: 1 } },
  { test: { include: ['e2e/**/*.measure.ts'] } },
)

// Reads a report of the page's tests: `counts` are those passed, failed and skipped, `failed` names them.
import { existsSync, readFileSync } from 'node:fs'

const [file, what] = process.argv.slice(2)
const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] }
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : none

if (what === 'counts') {
  console.log(report.numPassedTests, report.numFailedTests, report.numPendingTests + (report.numTodoTests ?? 0))
} else {
  const tests = report.testResults.flatMap((suite) => suite.assertionResults)
  for (const test of tests.filter(({ status }) => status === 'failed')) console.log(`failed ${test.fullName}`)
}

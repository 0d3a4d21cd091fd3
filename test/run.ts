import { startVitest, type TestModule } from 'vitest/node'

// Runs the suites and says, as its last line, what came of them. `--fast` leaves out the suites that need a broker, a
// browser or minutes; any other argument is a filter on file names.

const SLOW = [
  'test/browser/**',
  'test/faults/**',
  'test/journey*.test.ts',
  'test/replay.test.ts',
  'test/**/*kafka*.test.ts',
  'test/demo/send.test.ts',
  'test/demo/arrives.test.ts',
  'test/processors/connectedness/recovery.test.ts',
]

const args = process.argv.slice(2)
const fast = args.includes('--fast')
const filters = args.filter(arg => !arg.startsWith('--'))

const vitest = await startVitest('test', filters, {
  watch: false,
  ...(fast ? { exclude: ['node_modules/**', ...SLOW] } : {}),
})
const counts = { passed: 0, failed: 0, skipped: 0 }
for (const module of vitest.state.getTestModules()) count(module)
await vitest.close()

if (counts.passed === 0) counts.failed++
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exitCode = counts.failed > 0 || process.exitCode ? 1 : 0
// In CI nothing may be left out: a suite that cannot run there has to say so by failing.
if (process.env.CI === 'true' && counts.skipped > 0) process.exitCode = 1

function count(module: TestModule): void {
  const { state } = { state: module.state() }
  let any = false
  for (const test of module.children.allTests()) {
    any = true
    const result = test.result().state
    if (result === 'passed') counts.passed++
    else if (result === 'skipped') counts.skipped++
    else counts.failed++
  }
  // A file that did not load has no tests, and has failed all the same.
  if (!any && state === 'failed') counts.failed++
}

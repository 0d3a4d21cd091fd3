import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One ClickHouse engine, and at most one broker, for the whole run.
    globalSetup: ['test/helpers/engine-global-setup.ts', 'test/helpers/kafka-global-setup.ts'],
    pool: 'forks',
    // kafkajs sets a timer in the past at its start.
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    maxWorkers: 2,
    // Those that wait for every figure wait for what follows from weeks too, on a busy machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    env: { TZ: 'UTC' },
  },
})

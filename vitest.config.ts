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
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    env: { TZ: 'UTC' },
  },
})

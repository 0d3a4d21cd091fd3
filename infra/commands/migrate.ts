import { Command } from 'commander'
import { openRuntime, prepare } from './runtime.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring tables and topics to what this version needs; safe to repeat')
    .option('--json', 'print one JSON line')
    .action(async (options: { json?: boolean }) => {
      const runtime = await openRuntime()
      const done = await prepare(runtime)
      await runtime.close()
      console.log(
        options.json
          ? JSON.stringify(done)
          : `tables: ${done.tables.join(', ') || 'nothing to do'}\ntopics: ${done.topics.join(', ') || 'nothing to do'}`,
      )
    })
}

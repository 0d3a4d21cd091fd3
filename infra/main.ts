import { Command } from 'commander'
import { backupCommand } from './commands/backup.ts'
import { benchCommand } from './commands/bench.ts'
import { computeCommand } from './commands/compute.ts'
import { deadLettersCommand } from './commands/dead-letters.ts'
import { doctorCommand } from './commands/doctor.ts'
import { eraseCommand } from './commands/erase.ts'
import { loadCommand } from './commands/load.ts'
import { mergeCommand } from './commands/merge.ts'
import { migrateCommand } from './commands/migrate.ts'
import { notifyCommand } from './commands/notify.ts'
import { publishCommand } from './commands/publish.ts'
import { pullCommand } from './commands/pull.ts'
import { rebuildCommand } from './commands/rebuild.ts'
import { redriveCommand } from './commands/redrive.ts'
import { replayCommand } from './commands/replay.ts'
import { reportCommand } from './commands/report.ts'
import { researchCommand } from './commands/research.ts'
import { restoreCommand } from './commands/restore.ts'
import { retentionCommand } from './commands/retention.ts'
import { roleCommands } from './commands/roles.ts'
import { simulateCommand } from './commands/simulate.ts'
import { splitCommand } from './commands/split.ts'
import { startCommand } from './commands/start.ts'
import { surveyCommand } from './commands/survey.ts'
import { userCommand } from './commands/user.ts'
import { watchCommand } from './commands/watch.ts'
import { sentenceOf } from './errors.ts'

// npm ci --ignore-scripts silently leaves the machine's own Node, which cannot run TypeScript.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `SETUP_FAILED: this is Node ${process.versions.node}, expected 24. Start it by npm run homeroom.\n`,
  )
  process.exit(1)
}

const program = new Command('homeroom')
  .description('School-climate analytics that keep people in personalized learning')
  .showHelpAfterError()
  // Else a command would take the options of its own subcommand: both have --json.
  .enablePositionalOptions()
for (const command of [
  ...roleCommands(),
  startCommand(),
  migrateCommand(),
  loadCommand(),
  watchCommand(),
  pullCommand(),
  simulateCommand(),
  computeCommand(),
  deadLettersCommand(),
  redriveCommand(),
  retentionCommand(),
  replayCommand(),
  rebuildCommand(),
  publishCommand(),
  reportCommand(),
  notifyCommand(),
  surveyCommand(),
  researchCommand(),
  doctorCommand(),
  mergeCommand(),
  splitCommand(),
  eraseCommand(),
  backupCommand(),
  restoreCommand(),
  userCommand(),
  benchCommand(),
]) {
  program.addCommand(command)
}

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`)
  process.exitCode = 1
}

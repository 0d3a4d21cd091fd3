import { Command } from 'commander'
import { joining } from '../../processors/person-of-decide.ts'
import { DecisionReason } from '../../schemas/roster.ts'
import { decide, type DecisionOptions } from './people.ts'

/** `merge`: two identifiers are one person's. A dry run, unless told to apply. */
export function mergeCommand(): Command {
  return withDecision(
    new Command('merge')
      .description(
        'two identifiers are one person: the first counts as the second; shows what would move, until --apply',
      )
      .argument('<identifier>', 'type:value, for example username:… email:… sourcedId:… account:<homePage>|<name>')
      .argument('<person>', 'any identifier of the person that stays'),
  ).action(async (one: string, two: string, options: DecisionOptions) =>
    decide(options, (runtime, forms) => joining(runtime.warehouse, forms(one), forms(two))),
  )
}

/** The options of who decides and why. */
export function withDecision(command: Command): Command {
  return command
    .option('--apply', 'do it')
    .option('--by <account>', 'account of who decides (homeroom user list)')
    .option('--why <reason>', DecisionReason.options.join(', '))
    .option('--ref <number>', 'number of a ticket or the like; no names')
    .option('--wait', 'until a running processor has everything in the figures')
    .option('--json', 'print one JSON line')
}

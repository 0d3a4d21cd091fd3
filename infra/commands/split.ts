import { Command } from 'commander'
import { parting } from '../../processors/person-of-decide.ts'
import { withDecision } from './merge.ts'
import { decide, type DecisionOptions } from './people.ts'

/** `split`: an identifier is not that person's. A dry run, unless told to apply. */
export function splitCommand(): Command {
  return withDecision(
    new Command('split')
      .description('an identifier is not that person: undoes a merge or a claim; shows what would move, until --apply')
      .argument('<person>', 'any identifier of the person that loses it, as type:value')
      .requiredOption(
        '--identifier <identifier>',
        'what is not theirs, as type:value; a roster id takes its own along',
      ),
  ).action(async (person: string, options: DecisionOptions & { identifier: string }) =>
    decide(options, (runtime, forms) => parting(runtime.warehouse, forms(person), forms(options.identifier))),
  )
}

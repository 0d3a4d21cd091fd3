import { Command } from 'commander'
import { readStudy } from '../../processors/research/study.ts'
import { endWholly } from './research-tidy.ts'
import { opened } from './runtime.ts'

/** `research end`: delete an extract before its day. */
export function endCommand(withRuntime: typeof opened = opened): Command {
  return new Command('end')
    .description('end a study: its extract is deleted; what was recorded of it stays')
    .argument('<study>')
    .action(async (name: string) =>
      withRuntime(async runtime => {
        await endWholly(runtime, await readStudy(runtime.warehouse, name), new Date(), 'study ended, extract deleted')
        console.log(
          `study ${name} has ended, and its extract is deleted. Copies that were exported are to be deleted by who has them`,
        )
      }),
    )
}

import { Command } from 'commander'
import { checkCommand } from './research-check.ts'
import { endCommand } from './research-end.ts'
import { exportCommand } from './research-export.ts'
import { extractCommand } from './research-extract.ts'
import { listCommand } from './research-list.ts'
import { reproduceCommand } from './research-reproduce.ts'
import { studyCommand } from './research-study.ts'
import { tidyCommand } from './research-tidy.ts'

const HELP = `
One study has one extract: a database research_<study> of its own, de-identified, in one version with its manifest, codebook and
citation, until the day after its last. homeroom user add --role researcher --study lets somebody in.
What is done to the data, and what that does not cover, stands in processors/research/README.md and in every manifest.`

/** `research`: studies, their extracts, and what leaves them. */
export function researchCommand(): Command {
  const command = new Command('research').description('studies of researchers, and their de-identified extracts')
  const studies = [studyCommand(), extractCommand(), listCommand(), exportCommand(), endCommand(), tidyCommand()]
  for (const sub of [...studies, checkCommand(), reproduceCommand()]) command.addCommand(sub)
  return command.addHelpText('after', HELP)
}

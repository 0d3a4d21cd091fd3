import { Command } from 'commander'
import { listStudies, type Study } from '../../processors/research/study.ts'
import { opened } from './runtime.ts'

/** `research list`: every study, ended ones too. */
export function listCommand(withRuntime: typeof opened = opened): Command {
  return new Command('list')
    .description('every study, with its extract')
    .option('--json', 'one JSON line a study, with its manifest')
    .action(async ({ json }: { json?: boolean }) =>
      withRuntime(async ({ warehouse }) => {
        const studies = await listStudies(warehouse)
        if (studies.length === 0 && !json) console.log('there is no study yet; homeroom research study records one')
        for (const study of studies) console.log(json ? JSON.stringify(study) : shown(study))
      }),
    )
}

function shown({ study, title, approvedBy, endsOn, version, extractedAt, deletedAt, manifest }: Study): string {
  const state =
    deletedAt !== null
      ? `ended ${deletedAt.slice(0, 10)}, extract deleted`
      : version === 0
        ? 'no extract yet'
        : `version ${version} of ${extractedAt!.slice(0, 10)}, ${manifest!.students} students${manifest!.erasures.times > 0 ? `, touched by ${manifest!.erasures.times} erasures` : ''}`
  return `${study}: ${title} (${approvedBy}), until ${endsOn}: ${state}`
}

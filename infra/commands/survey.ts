import { Command } from 'commander'
import { opened, type Runtime } from './runtime.ts'
import { invite, type Invitation } from './survey-invite.ts'

type Use = (use: (runtime: Runtime) => Promise<void>) => Promise<void>

const many = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]

type Options = Omit<Invitation, 'instrument' | 'links' | 'now'> & { links?: string; json?: boolean }

/**
 * `survey`: asking by links that Homeroom serves itself.
 * @param withRuntime opens what the command works with, and closes it
 */
export function surveyCommand(withRuntime: Use = opened): Command {
  return new Command('survey')
    .description('ask by pages of Homeroom: links for respondents or classes; who has answered')
    .addCommand(
      new Command('invite')
        .description('make links to a loaded survey and write them to a file that only its owner can read')
        .argument('<instrument>', 'id of the survey, for example school-climate-student')
        .requiredOption('--out <file>', 'CSV to make: link, sourced_id, school, grade, class; never overwritten')
        .option('--window <id>', 'window of the survey; the links end with it')
        .option('--every-window', 'one link for every window, of those who agree on its page: a pulse')
        .option('--survey-version <version>', 'needed only where several versions have the window')
        .option('--class <sourcedId>', 'anonymous links for this class, in the place of one for each respondent')
        .option('--links <number>', 'how many anonymous links')
        .option('--school <sourcedId>', 'respondents of this school only, repeatable', many)
        .option('--grade <grade>', 'students of this grade only, repeatable', many)
        .option('--renew', 'also for those who have a link, which then opens nothing any more')
        .option('--address <url>', 'where browsers reach Homeroom; default: as the settings say')
        .option('--json', 'print one JSON line')
        .action(async (instrument: string, { json, links, ...options }: Options) =>
          withRuntime(async runtime => {
            const made = await invite(runtime, {
              ...options,
              instrument,
              links: links === undefined ? undefined : Number(links),
              now: new Date(),
            })
            console.log(json ? JSON.stringify(made) : said(made, options.out))
          }),
        ),
    )
    .addCommand(
      new Command('list')
        .description('windows that have links: how many, and how many responses count so far')
        .option('--json', 'one JSON line a window')
        .action(async ({ json }: { json?: boolean }) =>
          withRuntime(async runtime => {
            for (const row of await asked(runtime))
              console.log(
                json
                  ? JSON.stringify(row)
                  : `${row.instrument} ${row.window || 'every window'}: links ${row.links}, responses ${row.responses}`,
              )
          }),
        ),
    )
}

function said({ made, had }: { made: number; had: number }, out: string): string {
  const kept = had === 0 ? '' : `; ${had} have one already (--renew makes new ones)`
  return made === 0
    ? `no link was made${kept}`
    : `${made} links in ${out}${kept}. Who has a link can answer: send each to its respondent alone, then delete the file`
}

export type AskedWindow = { instrument: string; window: string; links: number; responses: number }

/** How many were asked and have answered; of a window nothing else is known before it ends. */
export async function asked({ warehouse }: Pick<Runtime, 'warehouse'>): Promise<AskedWindow[]> {
  return warehouse.query<AskedWindow>(
    `with
       links as (
         select instrument, window, toFloat64(count()) as made from {identity:Identifier}.survey_links final where ended = 0 group by instrument, window
       ),
       responses as (
         select instrument, window, toFloat64(count()) as n from survey_responses_counted where counts group by instrument, window
       )
     select l.instrument as instrument, l.window as window, any(l.made) as links,
       sumIf(r.n, l.window = '' or r.window = l.window) as responses
     from links as l left join responses as r on r.instrument = l.instrument
     group by instrument, window order by instrument, window`,
  )
}

import { open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { readInstrument, type Window } from '../../dashboards/ask/asked.ts'
import {
  linkedRespondents,
  newLinkSecret,
  respondentKey,
  storeLinks,
  surveyPath,
  type Link,
} from '../../dashboards/ask/links.ts'
import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import type { Instrument } from '../../schemas/survey.ts'
import type { Config } from '../config.ts'
import { spreadsheetField } from '../csv.ts'
import { HomeroomError } from '../errors.ts'
import { rows } from '../warehouse/rows.ts'
import { sql } from '../warehouse/sql.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { Runtime } from './runtime.ts'

export type Invitation = {
  instrument: string
  out: string
  window?: string
  everyWindow?: boolean
  surveyVersion?: string
  class?: string
  links?: number
  school?: string[]
  grade?: string[]
  renew?: boolean
  address?: string
  now: Date
}

/** A link that is to be made, and what its line in the file says beside it. */
type Planned = { link: Link; secret: string; sourcedId: string; school: string; grade: string; homeroom: string }

const MOST_ANONYMOUS = 1000
const HEADER = 'link,sourced_id,school,grade,class'

/**
 * Make links to a survey: one for each respondent of the roster who has none, or a number of anonymous ones for a class.
 * The file is made first and filled last: what is in it opens.
 *
 * @returns how many were made; how many respondents had one
 * @throws HomeroomError ARGUMENT_INVALID; FILE_INVALID if the file exists or cannot be made. Then no link was made
 */
export async function invite(
  runtime: Pick<Runtime, 'warehouse' | 'config' | 'secrets'>,
  invitation: Invitation,
): Promise<{ made: number; had: number }> {
  const { warehouse, config } = runtime
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: config.timeZone }).format(invitation.now)
  const address = addressOf(config, invitation.address)
  const survey = await surveyOf(warehouse, invitation, today)
  const planned =
    invitation.class === undefined
      ? await forRespondents(runtime, survey, invitation)
      : await forClass(warehouse, survey, invitation)
  const known = invitation.class === undefined && !invitation.renew ? await linkedRespondents(warehouse, survey) : null
  const wanted = known === null ? planned : planned.filter(({ link }) => !known.has(respondentKey(link)))
  if (planned.length === 0) throw invalid('the roster has nobody whom this survey asks in that window')
  if (wanted.length > 0) {
    const replaces = invitation.renew === true
    await inFile(invitation.out, async () => {
      const links = wanted.map(({ link }) => link)
      await storeLinks(warehouse, links, { madeAt: invitation.now, replaces })
      return [HEADER, ...wanted.map(one => lineOf(one, address))].join('\n') + '\n'
    })
  }
  return { made: wanted.length, had: planned.length - wanted.length }
}

/** What is asked: `window` '' is every one. */
type Survey = Pick<Link, 'instrument' | 'version' | 'window' | 'until'> & {
  informant: Instrument['informant']
  /** Days on which one must be enrolled, half-open. */
  from: string
  to: string
}

async function surveyOf(warehouse: Warehouse, options: Invitation, today: string): Promise<Survey> {
  const { instrument, window, everyWindow = false, surveyVersion } = options
  if ((window === undefined) === !everyWindow) throw invalid('expected one of --window and --every-window')
  const stored = await warehouse.query<{ version: string; whole: number }>(
    `select version, toUInt8(definition != '') as whole from survey_instruments final
     where instrument = {instrument:String} and ({version:String} = '' or version = {version:String}) order by version`,
    { instrument, version: surveyVersion ?? '' },
  )
  if (stored.length === 0) throw invalid(`no survey ${instrument} is loaded; homeroom load its instrument file first`)
  const old = stored.find(({ whole }) => whole === 0)
  if (old) throw invalid(`survey ${instrument} ${old.version} was loaded by an older Homeroom; load its file again`)
  const found: Instrument[] = []
  for (const { version } of stored) {
    const one = await readInstrument(warehouse, { instrument, version })
    if (one !== null && (everyWindow || one.windows.some(({ id }) => id === window))) found.push(one)
  }
  const [one] = found
  if (one === undefined) throw invalid(`survey ${instrument} has no window ${window}`)
  if (found.length > 1) throw invalid(`several versions have it: ${found.map(({ version }) => version).join(', ')}; name one by --survey-version`) // prettier-ignore
  if (everyWindow && one.informant === 'family') throw invalid('families are asked in windows: --window, not --every-window') // prettier-ignore
  const of = { instrument, version: one.version, informant: one.informant }
  const span = everyWindow ? spanOf(one.windows) : one.windows.find(({ id }) => id === window)!
  if (span.end <= today) throw invalid(`the window ended: its last day was before ${span.end}, today is ${today}`)
  const from = span.begin < today ? today : span.begin
  return { ...of, window: everyWindow ? '' : span.id, until: span.end, from, to: span.end }
}

function spanOf(windows: readonly Window[]): Window {
  const begin = windows.map(one => one.begin).sort()[0]!
  return {
    id: '',
    begin,
    end: windows
      .map(one => one.end)
      .sort()
      .at(-1)!,
  }
}

async function forRespondents(
  { warehouse, secrets, config }: Pick<Runtime, 'warehouse' | 'config' | 'secrets'>,
  survey: Survey,
  { school = [], grade = [], links }: Invitation,
): Promise<Planned[]> {
  if (links !== undefined) throw invalid('--links is for anonymous ones, with --class')
  const { informant, from, to, ...of } = survey
  if (grade.length > 0 && informant === 'staff') throw invalid('--grade is for students and their families')
  const pseudonymise = pseudonymiser(secrets.pseudonymKey, config.district)
  const params = { from, to, staff: informant === 'staff' ? 1 : 0, schools: school, grades: grade.map(twoDigits) }
  return rows(Respondent, await warehouse.query(RESPONDENTS, params)).map(({ person, ...shown }) => {
    const { secret, hash } = newLinkSecret()
    const whose =
      informant === 'family'
        ? { respondent: pseudonymise('survey-family', person), student: person }
        : { respondent: person, student: null }
    return { link: { ...of, hash, ...whose, school: '', grade: '' }, secret, ...shown }
  })
}

async function forClass(
  warehouse: Warehouse,
  { informant: _informant, from: _from, to: _to, ...of }: Survey,
  { class: id, links = 0, school, grade }: Invitation,
): Promise<Planned[]> {
  if (of.window === '') throw invalid('--every-window asks those who agree, and nobody can agree for an anonymous one')
  if (school !== undefined || grade !== undefined) throw invalid('--school and --grade are not for a class')
  if (!Number.isInteger(links) || links < 1 || links > MOST_ANONYMOUS)
    throw invalid(`--links is ${links}, expected 1 to ${MOST_ANONYMOUS}`)
  const [found] = rows(
    Class,
    await warehouse.query('select school_id, label, grades from classes final where class_id = {id:String}', { id }),
  )
  if (found === undefined) throw invalid(`the roster has no class ${id}`)
  // More than one grade says nothing of who answers.
  const place = { school: found.school_id, grade: found.grades.length === 1 ? found.grades[0]! : '' }
  return Array.from({ length: links }, () => {
    const { secret, hash } = newLinkSecret()
    const link = { ...of, hash, respondent: null, student: null, ...place }
    return { link, secret, sourcedId: '', ...place, homeroom: found.label }
  })
}

/** Readable by its owner only; taken away again if it cannot be filled. */
async function inFile(path: string, content: () => Promise<string>): Promise<void> {
  const file = await open(resolve(path), 'wx', 0o600).catch((cause: unknown) => {
    throw new HomeroomError('FILE_INVALID', `--out ${path} exists or cannot be made. No link was made`, { cause })
  })
  try {
    await file.writeFile(await content())
    await file.sync()
  } catch (error) {
    await rm(resolve(path), { force: true })
    throw error
  } finally {
    await file.close()
  }
}

const lineOf = ({ secret, sourcedId, school, grade, homeroom }: Planned, address: string): string =>
  [address + surveyPath(secret), sourcedId, school, grade, homeroom].map(spreadsheetField).join(',')

function addressOf(config: Pick<Config, 'signIn' | 'host' | 'port'>, given: string | undefined): string {
  const address = given ?? readSignIn(config.signIn)?.publicUrl ?? `http://${config.host}:${config.port}`
  if (!/^https?:\/\/[^/?#\s]+\/?$/.test(address))
    throw invalid(`--address is ${address}, expected scheme, host and port only`)
  return address.replace(/\/$/, '')
}

const twoDigits = (grade: string): string => (/^\d$/.test(grade) ? `0${grade}` : grade)

const invalid = (what: string): HomeroomError => new HomeroomError('ARGUMENT_INVALID', `${what}. No link was made`)

const Respondent = z.object({
  person: z.string(),
  sourcedId: z.string(),
  school: z.string(),
  grade: z.string(),
  homeroom: z.string(),
})
const Class = z.object({ school_id: z.string(), label: z.string(), grades: z.array(z.string()) })
const RESPONDENTS = sql(new URL('./survey-respondents.sql', import.meta.url))

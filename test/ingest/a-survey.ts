import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach } from 'vitest'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { opened as unseal, saltIdOf } from '../../infra/seal.ts'
import { storeSurveys } from '../../processors/store-surveys.ts'
import { IdentityEntry } from '../../schemas/identity.ts'
import { SurveyEntry } from '../../schemas/survey.ts'
import { readConfig } from '../../infra/config.ts'
import { entriesOf } from '../helpers/figures.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const AGREE = ['Strongly disagree', 'Disagree', 'Agree', 'Strongly agree']

/** Three items on a scale of four steps, the second reverse-coded, and a comment. */
export const INSTRUMENT = {
  instrument: 'climate',
  version: '1',
  title: { en: 'Climate' },
  informant: 'student',
  languages: ['en', 'es'],
  scales: {
    agree: {
      min: 1,
      max: 4,
      labels: { en: AGREE, es: ['Muy en desacuerdo', 'En desacuerdo', 'De acuerdo', 'Muy de acuerdo'] },
      declined: { en: ["Don't know"] },
    },
  },
  items: [
    { id: 'Q1', text: { en: 'I feel safe.', es: 'Me siento seguro.' }, scale: 'agree', domain: 'safety' },
    {
      id: 'Q2',
      text: { en: 'I feel left out.', es: 'Me siento excluido.' },
      scale: 'agree',
      domain: 'belonging',
      reverse: true,
    },
    { id: 'Q3', text: { en: 'I am known.', es: 'Me conocen.' }, scale: 'agree', domain: 'belonging' },
    { id: 'C1', text: { en: 'What else?', es: '¿Algo más?' }, free: true },
  ],
  windows: [
    { id: 'fall', begin: '2025-10-01', end: '2025-11-01' },
    { id: 'spring', begin: '2026-02-01', end: '2026-03-01' },
  ],
}

export const WIDE = {
  layout: 'wide',
  files: ['*.csv'],
  instrument: 'climate',
  respondent: { id: '{who}' },
  answered: '{when}',
  school: '{school}',
  grade: '{grade}',
}

export const mappingOf = (...surveys: object[]) => ({ source: 'forms', instruments: ['instrument.json'], surveys })

export type Loaded = {
  opened: (sealed: string) => string
  summary: LoadSummary
  surveys: SurveyEntry[]
  dead: { place: string; reason: string }[]
}

/**
 * Load files, each load in a log of its own, and store what it held.
 * @param at milliseconds since 1970: the clock of the load
 */
export async function loadSurvey(
  warehouse: Warehouse,
  mapping: object,
  files: Record<string, string>,
  { at = NOW, instrument = INSTRUMENT as object } = {},
): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-survey-'))
  try {
    await writeFile(join(folder, 'mapping.json'), JSON.stringify(mapping))
    await writeFile(join(folder, 'instrument.json'), JSON.stringify(instrument))
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    return await loadPath(warehouse, join(folder, 'mapping.json'), at)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A time at which a row of `wide` was answered. */
export const WHEN = '2026-02-10 09:00:00'
export const HEADER = 'who,when,school,grade,Q1,Q2,Q3,C1'
/** A file in the layout that `WIDE` describes. */
export const wide = (...rows: string[]): Record<string, string> => ({ 'rows.csv': [HEADER, ...rows, ''].join('\n') })

/** A warehouse for all tests of a file, without surveys when each of them begins; `load` loads rows of `wide` into it. */
export async function surveys(): Promise<{
  warehouse: Warehouse
  load: (rows: string[], mapping?: object, options?: Parameters<typeof loadSurvey>[3]) => Promise<Loaded>
}> {
  const warehouse = await freshWarehouse()
  beforeEach(() => forgetSurveys(warehouse))
  return {
    warehouse,
    load: (rows, mapping = mappingOf(WIDE), options = {}) => loadSurvey(warehouse, mapping, wide(...rows), options),
  }
}

export async function loadPath(warehouse: Warehouse, path: string, at = NOW): Promise<Loaded> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-survey-log-'))
  const config = readConfig({}, { data, district: 'district-7', timeZone: 'America/New_York' })
  const log = await openLog(config)
  try {
    await log.createTopics()
    const summary = await loadFiles([path], { log, config, secrets: SECRETS, clock: () => at })
    const valuesOf = async (topic: 'surveys' | 'dead-letters' | 'identities'): Promise<unknown[]> =>
      (await entriesOf(log, topic)).map(({ value }) => JSON.parse(value!) as unknown)
    const surveys = (await valuesOf('surveys')).map(value => SurveyEntry.parse(value))
    await storeSurveys(warehouse, surveys)
    const identities = (await valuesOf('identities')).map(value => IdentityEntry.parse(value))
    const salts = new Map(identities.flatMap(entry => (entry.type === 'salt' ? [[entry.id, entry.salt]] : [])))
    const opened = (sealed: string): string => unseal(sealed, salts.get(saltIdOf(sealed))!, SECRETS.masterSecret)
    return { summary, surveys, dead: (await valuesOf('dead-letters')) as Loaded['dead'], opened }
  } finally {
    await log.close()
    await rm(data, { recursive: true, force: true })
  }
}

export async function forgetSurveys(warehouse: Warehouse): Promise<void> {
  for (const table of ['survey_instruments', 'survey_responses', 'survey_answers', 'survey_exports', 'person_of'])
    await warehouse.command(`truncate table ${table}`)
}

/** Responses that count, their scored answers as text, `Q1=4 Q2=3`, in the order of the text. */
export async function counted(warehouse: Warehouse, where = 'true'): Promise<string[]> {
  const found = await warehouse.query<{ line: string }>(
    `select concat(window, ' ', school_id, ' ', grade, ': ', arrayStringConcat(arraySort(groupArray(
       concat(item_id, '=', if(state = 'answered', toString(scored), state)))), ' ')) as line
     from survey_answers_counted where ${where} group by window, school_id, grade, response_id order by line`,
  )
  return found.map(({ line }) => line)
}

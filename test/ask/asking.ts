import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { parseHTML } from 'linkedom'
import { newLinkSecret, storeLinks, surveyPath, type Link } from '../../dashboards/ask/links.ts'
import { HomeroomError } from '../../infra/errors.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { storeSurveys } from '../../processors/store-surveys.ts'
import { Instrument, SurveyEntry, type ResponseEntry } from '../../schemas/survey.ts'
import { anApp, aLog, SECRETS } from '../dashboards/an-app.ts'
import { logWith } from '../helpers/log-with.ts'
import { person } from '../helpers/records.ts'

export const WINDOW = { id: '2026-spring', begin: '2026-03-02', end: '2026-03-14' }
/** A Thursday of the window, in the morning. */
export const IN_TIME = new Date('2026-03-05T15:00:00.000Z')

const text = (id: string) => ({ en: `Question ${id}`, es: `Pregunta ${id}` })

/** Nine questions and a comment: two pages of five. */
export const INSTRUMENT = Instrument.parse({
  instrument: 'climate-student',
  version: '1',
  title: { en: 'How school feels', es: 'Cómo es la escuela' },
  informant: 'student',
  languages: ['en', 'es'],
  scales: {
    agree: {
      min: 1,
      max: 4,
      labels: { en: ['Never', 'Seldom', 'Often', 'Always'], es: ['Nunca', 'Pocas veces', 'A menudo', 'Siempre'] },
      declined: { en: ["I don't know"], es: ['No sé'] },
    },
    plain: { min: 0, max: 2 },
  },
  items: [
    ...[1, 2, 3, 4, 5, 6, 7, 8].map(n => ({ id: `Q${n}`, text: text(`Q${n}`), scale: 'agree', domain: 'safety' })),
    { id: 'Q9', text: text('Q9'), scale: 'plain' },
    { id: 'F1', text: text('F1'), free: true, optional: true },
  ],
  windows: [WINDOW],
})

export const PULSE = Instrument.parse({
  ...INSTRUMENT,
  instrument: 'pulse-student',
  items: INSTRUMENT.items.slice(0, 2).map((item, at) => ({ ...item, domain: ['belonging', 'adult'][at] })),
  windows: [
    { id: '2026-W10', begin: '2026-03-02', end: '2026-03-09' },
    { id: '2026-W11', begin: '2026-03-09', end: '2026-03-16' },
  ],
})

export const FIRST = { 'a.Q1': '4', 'a.Q2': '1', 'a.Q3': 'declined0', 'a.Q4': '2', 'a.Q5': '' }
export const SECOND = { 'a.Q6': '3', 'a.Q7': '3', 'a.Q8': '4', 'a.Q9': '0', 'a.F1': 'More trees, please' }

export const instrumentEntry = (definition = INSTRUMENT): SurveyEntry => ({
  type: 'instrument',
  source: 'forms',
  storedAt: '2026-02-01T12:00:00.000Z',
  status: 'active',
  definition,
})

export type Asking = {
  app: FastifyInstance
  /** What the pages have put into the log's topic of surveys. */
  entries: ResponseEntry[]
  set: (now: string) => void
  /** The log refuses so many appends of surveys. */
  refuse: (times: number) => void
  /** As the processors do. */
  store: () => Promise<void>
  get: (path: string, headers?: Record<string, string>) => Promise<LightMyRequestResponse>
  post: (
    path: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<LightMyRequestResponse>
}

/** The pages on a real log and warehouse, with both instruments loaded, under a clock that is set. */
export async function asking(warehouse: Warehouse, log?: EventLog): Promise<Asking> {
  await storeSurveys(warehouse, [instrumentEntry(), instrumentEntry(PULSE)])
  let now = IN_TIME
  let refusals = 0
  const entries: ResponseEntry[] = []
  const real = log ?? (await aLog())
  const watched = logWith(real, {
    append: async (topic, of) => {
      if (topic === 'surveys' && refusals-- > 0) throw new HomeroomError('LOG_UNAVAILABLE', 'the disk is full')
      await real.append(topic, of)
      if (topic === 'surveys') entries.push(...of.map(({ value }) => SurveyEntry.parse(JSON.parse(value!)) as ResponseEntry)) // prettier-ignore
    },
  })
  const { app } = await anApp(warehouse, () => now, { log: watched })
  return {
    app,
    entries,
    set: at => void (now = new Date(at)),
    refuse: times => void (refusals = times),
    store: () => storeSurveys(warehouse, entries),
    get: (url, headers = {}) => app.inject({ url, headers }),
    post: (url, form, headers = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: new URLSearchParams(form).toString(),
      }),
  }
}

/** A link, stored. @returns its path */
export async function aLink(warehouse: Warehouse, of: Partial<Link> & { who?: string } = {}): Promise<string> {
  const { who = 'ada', ...rest } = of
  const { secret, hash } = newLinkSecret()
  const link: Link = {
    instrument: 'climate-student',
    version: '1',
    window: WINDOW.id,
    respondent: person(who),
    student: null,
    school: '',
    grade: '',
    // The database forgets what is long over by its own clock, which no test sets; whether it is over, the instrument says.
    until: '2099-01-01',
    ...rest,
    hash,
  }
  await storeLinks(warehouse, [link], { madeAt: new Date(), replaces: false })
  return surveyPath(secret)
}

/** Both pages of the survey, one after the other. */
export async function answerAll(of: Asking, path: string, first = FIRST, second = SECOND): Promise<number[]> {
  const one = await of.post(path, { page: '0', ...first })
  const two = await of.post(path, { page: '1', ...second })
  return [one.statusCode, two.statusCode]
}

export function read({ body }: LightMyRequestResponse) {
  const { document } = parseHTML(body)
  const texts = (selector: string): string[] =>
    [...document.querySelectorAll(selector)].map(one => (one.textContent ?? '').replace(/\s+/g, ' ').trim())
  return {
    document,
    texts,
    title: texts('h1')[0],
    language: document.documentElement.getAttribute('lang'),
    chosen: [...document.querySelectorAll('input[checked]')].map(one => `${one.getAttribute('name')}=${one.getAttribute('value')}`), // prettier-ignore
  }
}

export { SECRETS }

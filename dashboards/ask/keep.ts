import { createHmac } from 'node:crypto'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { WrittenWords } from '../../infra/written-words.ts'
import type { Day } from '../../schemas/record.ts'
import { ResponseEntry, surveyKey, type Answer } from '../../schemas/survey.ts'
import { pagesOf, pagesSent, type Asked } from './asked.ts'
import type { SentPage } from './form.ts'
import { BLANK, storeState, type Given, type State } from './states.ts'

export type Keeping = {
  warehouse: Warehouse
  log: Pick<EventLog, 'append'>
  secrets: Pick<Secrets, 'masterSecret'>
  written: WrittenWords
  today: () => Day
  now: () => Date
}

type Open = Extract<Asked, { is: 'open' | 'sent' }>

/** Of what people answer on pages of ours. */
const SOURCE = 'homeroom'

/**
 * Keep what one page says: in the log first, as part of the one response that this link, or its respondent, has in the window;
 * then how far it is, from where it goes on. Durable when it resolves; the same page again changes nothing.
 *
 * @throws HomeroomError LOG_UNAVAILABLE: it may not have been kept
 */
export async function keepPage(
  deps: Keeping,
  asked: Open,
  { given, texts }: SentPage,
  language: string,
): Promise<State> {
  const all = { ...asked.state.given, ...given }
  // What was written is not shown again, so that an empty field does not take it back.
  const unchanged = Object.keys(given).filter(
    item => given[item] === 'missing' && asked.state.given[item] === 'written',
  )
  for (const item of unchanged) all[item] = 'written'
  const pages = pagesOf(asked.instrument)
  const sent = pagesSent(pages, { given: all }) === pages.length
  const answers: Answer[] = []
  for (const [item, one] of Object.entries(given)) {
    if (unchanged.includes(item)) continue
    const text = texts[item]
    if (one === 'written' && text !== undefined)
      answers.push({ item, state: 'answered', text: await seal(deps, asked, text) })
    else answers.push(answerOf(item, one))
  }
  const state = { given: sent ? {} : all, sent, ver: nextVersion(deps, asked) }
  await append(deps, asked, { status: 'active', answers, language, ver: state.ver, said: [given, texts] })
  await storeState(deps.warehouse, asked.link, asked.responseId, state)
  return state
}

/** Take this window's response back: its respondent does not want to be asked any more. */
export async function takeBack(deps: Keeping, asked: Open): Promise<void> {
  if (asked.state.ver === 0) return
  const ver = nextVersion(deps, asked)
  await append(deps, asked, { status: 'deleted', answers: [], language: '', ver, said: [] })
  await storeState(deps.warehouse, asked.link, asked.responseId, { ...BLANK, ver })
}

type Part = Pick<ResponseEntry, 'status' | 'answers' | 'language'> & { ver: number; said: unknown }

/**
 * Greater than the one before, whatever the clock says: the last page sent wins. Milliseconds; of anonymous ones how many times
 * it has changed, because the minute would be the minute of a click in another log.
 */
function nextVersion({ now }: Keeping, { link, state }: Open): number {
  return link.respondent === null ? state.ver + 1 : Math.max(state.ver + 1, now().getTime())
}

async function append({ log, secrets, today, now }: Keeping, asked: Open, part: Part): Promise<void> {
  const { link, instrument, window, responseId } = asked
  const { respondent } = link
  const day = today()
  const at = now().toISOString()
  const content = {
    status: part.status,
    id: responseId,
    instrument: instrument.instrument,
    version: instrument.version,
    window: window.id,
    respondent,
    student: link.student,
    role: instrument.informant,
    school: link.school,
    grade: link.grade,
    groups: {},
    language: respondent === null ? '' : part.language,
    day,
    answeredAt: respondent === null ? null : at,
    notAsked: [],
  }
  const entry = ResponseEntry.parse({
    type: 'response',
    source: SOURCE,
    storedAt: new Date(respondent === null ? Date.parse(`${day}T00:00:00Z`) + part.ver : part.ver).toISOString(),
    ...content,
    answers: part.answers,
    hash: keyed(secrets, 'survey-content', [content, part.said]).slice(-12),
  })
  await log.append('surveys', [{ key: surveyKey(entry), value: JSON.stringify(entry) }])
}

function answerOf(item: string, given: Given): Answer {
  if (typeof given === 'number') return { item, state: 'answered', value: given }
  return { item, state: given === 'missing' ? 'missing' : 'declined' }
}

/** The words of a school's anonymous respondents are sealed together: a key for each would tell them apart. */
function seal({ written, secrets }: Keeping, { link, instrument, window }: Open, text: string): Promise<string> {
  const owner = link.respondent ?? keyed(secrets, 'survey-school', [instrument.instrument, window.id, link.school])
  return written.seal(owner, text)
}

const keyed = ({ masterSecret }: Pick<Secrets, 'masterSecret'>, what: string, of: unknown): string =>
  createHmac('sha256', masterSecret)
    .update(`v1|${what}|${JSON.stringify(of)}`)
    .digest('hex')

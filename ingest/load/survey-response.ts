import { surveyKey, type Answer, type Instrument, type ResponseEntry, type SurveyEntry } from '../../schemas/survey.ts'
import { canonical } from '../canonical.ts'
import type { Loader } from './loader.ts'
import type { Read } from './survey-answers.ts'
import type { SurveyBlock } from './survey-mapping.ts'
import type { Said } from './survey-said.ts'

/** One block of a mapping file, being loaded. */
export type Survey<Block extends SurveyBlock = SurveyBlock> = {
  loader: Loader
  block: Block
  instrument: Instrument
  /** Windows of which the files hold responses. */
  windows: Set<string>
  /** Of each response of this load the hash that was put into the log last. */
  added: Map<string, string>
  /** Rows of which nobody knows whose response they are. */
  lost: { rows: number }
}

/** The answers that were read, by item. */
export type Reads = ReadonlyMap<string, Read>

/**
 * What makes a response itself beside its source and instrument, so that loading it again changes it and adds none: the
 * tool's own id; else who answered, and at what time; else its content. Where nobody and no time is told, equal answers
 * may be several people's: `nth` of the same content in a file is then a response of its own.
 */
export function naturalKey(
  said: Said,
  raw: Readonly<Record<string, string>>,
  nth: (content: string) => number,
): string {
  const { response, respondent, student, ms, day, named } = said
  if (response !== undefined) return canonical(['response', response])
  if (respondent !== null && ms !== null) return canonical(['time', respondent, student, ms])
  const content = canonical(['content', respondent, student, ms === null ? [day, named] : ms, raw])
  return respondent === null && ms === null ? canonical([content, nth(content)]) : content
}

/** Put a response into the loader's batch. @returns false if this load has put in the same already */
export function addResponse(survey: Survey, said: Said, reads: Reads, key: string): boolean {
  const { loader, block, windows } = survey
  const { instrument, version } = survey.instrument
  const { intake, batch } = loader
  const { respondent, student, window, role, school, grade, groups, language, day } = said
  const id = intake.derivedId(batch.source, `survey|${instrument}|${key}`)
  // The comments of a school's anonymous respondents are sealed together: a key for each would tell them apart.
  const owner = respondent ?? intake.pseudonymise('survey', [instrument, window, school].join('|'))
  const content = {
    status: said.deleted ? ('deleted' as const) : ('active' as const),
    id,
    instrument,
    version,
    window,
    respondent,
    student,
    role,
    school,
    grade,
    groups,
    language,
    day,
    // Of anonymous ones the day is enough: a time would link them to what somebody did at that moment.
    answeredAt: respondent === null || said.ms === null ? null : new Date(said.ms).toISOString(),
    notAsked: block.notAsked,
  }
  const hash = intake.derivedId('survey', canonical([content, [...reads]])).slice(-12)
  windows.add(window)
  if (survey.added.get(id) === hash) return false
  survey.added.set(id, hash)
  const answers = [...reads].map(([item, read]): Answer =>
    answerOf(item, read, text => intake.identities.seal(text, owner)),
  )
  const entry: ResponseEntry = {
    type: 'response',
    source: batch.source,
    storedAt: batch.storedAt,
    ...content,
    answers,
    hash,
  }
  addSurvey(loader, entry)
  return true
}

export function addSurvey(loader: Loader, entry: SurveyEntry): void {
  loader.intake.addOther(loader.batch, 'surveys', { key: surveyKey(entry), value: JSON.stringify(entry) })
}

function answerOf(item: string, { state, value, text }: Read, seal: (text: string) => string): Answer {
  if (state !== 'answered') return { item, state }
  return text === undefined ? { item, state, value: value! } : { item, state, text: seal(text) }
}

import { ERRORS } from '../../../infra/errors.ts'
import type { Case } from './cases.ts'
import { MARK } from './hostile.ts'
import type { Answer, Outcome } from './wire.ts'

/** Words of the examples that may be somebody's name. */
const PRIVATE = [MARK, 'Kim Example', 'kim.example', 'kim@example']
const NEXT_STEPS: readonly string[] = Object.values(ERRORS).map(({ next }) => next)

/** What is wrong with what came of a case, as a sentence; null: nothing. */
export function wrongWith(given: Case, outcome: Outcome): string | null {
  const { answers, ended } = outcome
  for (const [i, answer] of answers.entries()) {
    const wrong = wrongAnswer(answer, given.isBare === true || given.methods[i] === 'HEAD')
    if (wrong !== null) return `answer ${i + 1}: ${wrong}`
  }
  if (ended === 'timeout') return 'no answer in time'
  if (ended === 'closed' && !given.isBroken)
    return `the connection was closed after ${answers.length} of ${given.methods.length} answers`
  const good = answers.filter(({ status }) => status < 300).length
  if (given.good !== undefined && good !== given.good) return `${good} answers are 2xx, expected ${given.good}`
  if (given.isGood && good === 0)
    return `${answers[0]?.status}, though good ones stand beside the bad one: ${text(answers[0])}`
  return null
}

function wrongAnswer(answer: Answer, isBare: boolean): string | null {
  const { status, headers, body } = answer
  if (!(status >= 200 && status < 500)) return `status ${status}: ${text(answer)}`
  if (status < 400) return null
  const all = `${[...headers].join('\n')}\n${body.toString('latin1')}`
  const told = PRIVATE.find(word => all.includes(word))
  if (told !== undefined) return `it repeats ${JSON.stringify(told)}: ${text(answer)}`
  return isBare ? null : wrongRefusal(headers.get('content-type') ?? '', body)
}

function wrongRefusal(contentType: string, body: Buffer): string | null {
  const said = `${contentType}: ${body.toString('latin1', 0, 500)}`
  if (!contentType.startsWith('application/json')) return `a refusal that is no JSON: ${said}`
  const { code, message } = refusalIn(body)
  if (typeof code !== 'string' || !(code in ERRORS)) return `a refusal without a code of ours: ${said}`
  if (typeof message !== 'string' || !message.startsWith(`${code}: `)) return `a refusal without its sentence: ${said}`
  return NEXT_STEPS.some(next => message.endsWith(`Next: ${next}.`)) ? null : `a refusal without a next step: ${said}`
}

function refusalIn(body: Buffer): { code?: unknown; message?: unknown } {
  try {
    return JSON.parse(body.toString()) as { code?: unknown; message?: unknown }
  } catch {
    // The caller says that there is no code in it.
    return {}
  }
}

const text = (answer: Answer | undefined): string => answer?.body.toString('latin1', 0, 800) ?? 'no answer'

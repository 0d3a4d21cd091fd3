import type { Talk } from '../../relationships/conversations.ts'
import { html, type Html, type Part } from '../../html.ts'
import { longDay } from '../../wording.ts'
import { KINDS, NEXT_STEPS, TOPICS, type TagKind } from './conversation-words.ts'

type Options = {
  timeZone: string
  /** What stands below each; nothing by default. */
  after?: (talk: Talk) => Part
}

/** Conversations as a list, the newest first: the reader's own with their private notes. */
export function talkList(talks: readonly Talk[], { after = () => null }: Options): Html {
  return html`<ul class="talks">
    ${talks.map(
      talk =>
        html`<li>
          <h3>${longDay(talk.day)}${talk.minutes > 0 && html` <span class="unit">${talk.minutes} minutes</span>`}</h3>
          ${talkFacts(talk)} ${privateNote(talk)} ${after(talk)}
        </li>`,
    )}
  </ul>`
}

/** What was said in a conversation, as terms and texts; without the private note. */
export function talkFacts(talk: Talk): Html | null {
  const facts: [string, string][] = [
    ['About', talk.topics.map(topic => TOPICS[topic]).join(', ')],
    ...(['strength', 'interest', 'need'] as const).map((kind: TagKind): [string, string] => [
      KINDS[kind].title,
      talk[`${kind}s`].join(', '),
    ]),
    [
      'Next',
      [...talk.next_steps.map(step => NEXT_STEPS[step]), talk.nextStep ?? UNREADABLE].filter(Boolean).join('; '),
    ],
  ]
  const said = facts.filter(([, text]) => text !== '')
  if (said.length === 0) return null
  return html`<dl>
    ${said.map(
      ([term, text]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${text}</dd>
        </div>`,
    )}
  </dl>`
}

/** The reader's own note: on the screen only, a printed sheet is read by others. */
export function privateNote({ note }: Pick<Talk, 'note'>): Html | null {
  if (note === '') return null
  return html`<p class="private-note"><span class="unit">Only you read this</span> ${note ?? UNREADABLE}</p>`
}

const UNREADABLE = '(the words cannot be opened: they were erased, or have just been recorded)'

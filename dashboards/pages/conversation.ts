import type { Day } from '../../schemas/record.ts'
import { distinct, type Fault, type Sent } from '../relationships/conversation-form.ts'
import type { Talk } from '../relationships/conversations.ts'
import { html, trusted, type Html } from '../html.ts'
import { nameOf, studentPath, type OwnStudent } from '../people/names.ts'
import { KINDS, NEXT_STEPS, OFFERED, TOPICS, type TagKind } from './brief/conversation-words.ts'
import { talkList } from './brief/talks.ts'
import type { Content } from './parts/visit.ts'

/** A goal that is still open, as the form names it. */
export type OpenGoal = { id: string; said: string }

export type ConversationForm = {
  student: OwnStudent
  /** Of this student, the newest first. */
  talks: readonly Talk[]
  goals: readonly OpenGoal[]
  /** What stands in the form. */
  sent: Sent
  faults: readonly Fault[]
  today: Day
  timeZone: string
  csrf: string
}

/** Recording a conversation: one column of things to tick, made for a phone held in one hand. Below it, the earlier ones. */
export function conversationPage(form: ConversationForm): Content {
  const { student, talks, faults, timeZone, csrf } = form
  const name = nameOf(student)
  const path = conversationPath(student.student)
  const body = html`<header class="opening">
      <h1>Conversation with ${name}</h1>
      <p class="lead">Tick what fits. Nothing has to be filled in.</p>
    </header>
    ${faults.length > 0 && problems(faults)}
    <form class="conversation" method="post" action="${path}">
      <input type="hidden" name="_csrf" value="${csrf}" />
      <input type="hidden" name="number" value="${form.sent.number}" />
      ${fields(form)}
      <p class="actions">
        <button type="submit" class="primary">Record the conversation</button>
        <a href="${studentPath(student.student)}/brief">Back to the brief</a>
      </p>
    </form>
    ${talks.length > 0 && earlier(talks, { student: student.student, timeZone, csrf })}`
  return {
    title: `Conversation with ${name}`,
    body,
    status: faults.length > 0 ? 400 : 200,
    seen: [{ type: 'student', id: student.student }],
  }
}

/** Address of the form. */
export const conversationPath = (student: string): string => `${studentPath(student)}/conversation`

function fields({ sent, faults, goals, talks, today }: ConversationForm): Html {
  return html`${ticks('What did you talk about?', 'topic', TOPICS, sent.topic)}
    ${(['strength', 'interest', 'need'] as const).map(kind => tags(kind, { sent, faults, talks }))}
    ${ticks('What comes next?', 'next', NEXT_STEPS, sent.next)}
    ${line({ name: 'next_words', label: 'In words', hint: 'Stands on the student’s page, for whoever advises the student', max: 400 }, sent, faults)}
    ${goals.length > 0 && goalsNow(goals, sent)}
    <details ${(sent.goal !== '' || faultOf(faults, 'due')) && trusted(' open')}>
      <summary>A goal that the student has set</summary>
      ${area({ name: 'goal', label: 'The goal, in the student’s words', hint: 'It stands on the student’s page', max: 1000 }, sent, faults)}
      <p class="field">
        <label for="horizon">For</label>
        <select id="horizon" name="horizon">
          ${[
            ['', 'not said'],
            ['short', 'the next weeks'],
            ['long', 'longer'],
          ].map(
            ([value, text]) =>
              html`<option value="${value}" ${value === sent.horizon && trusted(' selected')}>${text}</option>`,
          )}
        </select>
      </p>
      ${dateField({ name: 'due', label: 'By when' }, sent, faults)}
    </details>
    ${area({ name: 'note', label: 'Private note', hint: 'Sealed: only you can read it, here and nowhere else', max: 4000 }, sent, faults)}
    <p class="field">
      <label for="minutes">How long</label>
      <select id="minutes" name="minutes">
        ${['', '5', '10', '15', '20', '30', '45', '60'].map(
          minutes =>
            html`<option value="${minutes}" ${minutes === sent.minutes && trusted(' selected')}>
              ${minutes === '' ? 'not said' : `${minutes} minutes`}
            </option>`,
        )}
      </select>
    </p>
    ${dateField({ name: 'day', label: 'When, if not today', max: today }, sent, faults)}`
}

function ticks(
  question: string,
  name: string,
  offered: Readonly<Record<string, string>>,
  ticked: readonly string[],
): Html {
  return html`<fieldset>
    <legend>${question}</legend>
    <div class="ticks">
      ${Object.entries(offered).map(([value, text]) => tick(name, value, text, ticked.includes(value)))}
    </div>
  </fieldset>`
}

const tick = (name: string, value: string, text: string, checked: boolean): Html =>
  html`<label class="tick"
    ><input type="checkbox" name="${name}" value="${value}" ${checked && trusted(' checked')} />${text}</label
  >`

type Around = Pick<ConversationForm, 'sent' | 'faults' | 'talks'>

/** What was said of this student before comes first, then what is offered to everybody, then a field for other words. */
function tags(kind: TagKind, { sent, faults, talks }: Around): Html {
  const before = talks.flatMap(talk => talk[`${kind}s`])
  const offered = distinct([...sent[kind], ...before, ...OFFERED[kind]])
  const ticked = new Set(sent[kind].map(tag => tag.toLowerCase()))
  return html`<fieldset>
    <legend>${KINDS[kind].title}</legend>
    <div class="ticks">${offered.map(tag => tick(kind, tag, tag, ticked.has(tag.toLowerCase())))}</div>
    ${line({ name: `more_${kind}`, label: KINDS[kind].other, hint: 'A few words each, with commas; no names', max: 400 }, sent, faults)}
  </fieldset>`
}

function goalsNow(goals: readonly OpenGoal[], sent: Sent): Html {
  return html`<fieldset>
    <legend>Where do the goals stand?</legend>
    ${goals.map(
      ({ id, said }) =>
        html`<p class="goal-now">${said}</p>
          <div class="ticks">
            ${(
              [
                ['attained', 'reached'],
                ['missed', 'not reached'],
                ['dropped', 'given up'],
              ] as const
            ).map(([status, text]) =>
              tick('goal_now', `${id}=${status}`, text, sent.goal_now.includes(`${id}=${status}`)),
            )}
          </div>`,
    )}
    <p class="hint">Leave empty what is still under way.</p>
  </fieldset>`
}

type Field = { name: keyof Sent; label: string; hint: string; max: number }

const line = ({ name, label, hint, max }: Field, sent: Sent, faults: readonly Fault[]): Html =>
  html`<p class="field">
    <label for="${name}">${label}</label>
    <input
      type="text"
      id="${name}"
      name="${name}"
      value="${String(sent[name])}"
      maxlength="${max}"
      autocomplete="off"
      ${described(name, faults)}
    />
    ${below(name, hint, faults)}
  </p>`

const area = ({ name, label, hint, max }: Field, sent: Sent, faults: readonly Fault[]): Html =>
  html`<p class="field">
    <label for="${name}">${label}</label>
    <textarea id="${name}" name="${name}" rows="3" maxlength="${max}" autocomplete="off" ${described(name, faults)}>
${`\n${String(sent[name])}`}</textarea>
    ${below(name, hint, faults)}
  </p>`

const dateField = (
  { name, label, max }: { name: 'day' | 'due'; label: string; max?: Day },
  sent: Sent,
  faults: readonly Fault[],
): Html =>
  html`<p class="field">
    <label for="${name}">${label}</label>
    <input
      type="date"
      id="${name}"
      name="${name}"
      value="${sent[name]}"
      ${max !== undefined && html` max="${max}"`}
      ${described(name, faults)}
    />
    ${below(name, '', faults)}
  </p>`

const described = (name: keyof Sent, faults: readonly Fault[]): Html =>
  html`aria-describedby="${name}-hint"${faultOf(faults, name) && trusted(' aria-invalid="true"')}`

function below(name: keyof Sent, hint: string, faults: readonly Fault[]): Html {
  const fault = faultOf(faults, name)
  return html`<span id="${name}-hint" class="${fault ? 'hint fault' : 'hint'}">${fault ? fault.message : hint}</span>`
}

const faultOf = (faults: readonly Fault[], name: keyof Sent): Fault | undefined =>
  faults.find(({ field }) => field === name)

function problems(faults: readonly Fault[]): Html {
  return html`<div class="problems" role="alert">
    <p><strong>Nothing was recorded yet.</strong> Please correct:</p>
    <ul>
      ${faults.map(({ field, message }) => html`<li>${FIELDS[field]}: ${message}</li>`)}
    </ul>
  </div>`
}

const FIELDS: Partial<Record<keyof Sent, string>> = {
  topic: 'The form is empty',
  more_strength: 'Strengths',
  more_interest: 'Interests',
  more_need: 'What would help',
  next_words: 'What comes next',
  goal: 'The goal',
  due: 'The goal’s day',
  note: 'The private note',
  minutes: 'How long',
  day: 'When',
}

type Below = { student: string; timeZone: string; csrf: string }

function earlier(talks: readonly Talk[], { student, timeZone, csrf }: Below): Html {
  return html`<section aria-labelledby="earlier">
    <h2 id="earlier">Earlier conversations</h2>
    ${talkList(talks, {
      timeZone,
      after: ({ own, id }) =>
        own &&
        html`<form method="post" action="${conversationPath(student)}/take-back">
          <input type="hidden" name="_csrf" value="${csrf}" />
          <input type="hidden" name="conversation" value="${id}" />
          <button type="submit" class="quiet">Take this one back</button>
        </form>`,
    })}
  </section>`
}

import { LONGEST_ANNOTATION } from '../../schemas/action.ts'
import type { NoteFault, SentNote } from '../annotations/annotation-form.ts'
import { annotationsPath, type AnnotatedUnit, type Note } from '../annotations/annotations.ts'
import { mayAnnotate } from '../access.ts'
import { html, trusted, type Html } from '../html.ts'
import { schoolPath } from '../layout.ts'
import { days } from './parts/notes.ts'
import type { Content, Visit } from './parts/visit.ts'

export type AnnotationsPage = {
  visit: Visit
  unit: AnnotatedUnit
  /** `the district`, or the school's name. */
  of: string
  notes: readonly Note[]
  sent: SentNote
  faults: readonly NoteFault[]
}

/** The notes on the charts of a school or the district; for who may write them, with the form. */
export function annotationsPage({ visit, unit, of, notes, sent, faults }: AnnotationsPage): Content {
  const mayWrite = mayAnnotate(visit.reader, unit)
  const back = unit.type === 'school' ? schoolPath(unit.id) : '/district'
  const body = html`<header class="opening">
      <h1>Notes on the charts of ${of}</h1>
      <p class="lead">
        What happened, and when, so that whoever reads a line can tell. Everybody who may open the page of ${of} reads
        them, on the screen and in print.
      </p>
    </header>
    ${said(visit)} ${faults.length > 0 && problems(faults)}
    ${mayWrite && form({ action: annotationsPath(unit), csrf: visit.csrf(), sent, faults })}
    <section aria-labelledby="notes">
      <h2 id="notes">Notes, by day</h2>
      ${
        notes.length === 0
          ? html`<p class="none">There are none yet.</p>`
          : html`<ul class="kept-list">
              ${notes.map(note => html`<li>${one(note, mayWrite && { unit, csrf: visit.csrf() })}</li>`)}
            </ul>`
      }
    </section>
    <p><a href="${back}">Back to ${of}</a></p>`
  return { title: `Notes on the charts of ${of}`, body, status: faults.length > 0 ? 400 : 200, seen: [] }
}

function said({ query }: Visit): Html | null {
  if (typeof query.kept === 'string')
    return html`<p class="notice" role="status">The note is kept. It stands on the charts within seconds.</p>`
  if (typeof query['taken-back'] === 'string')
    return html`<p class="notice" role="status">The note is taken back. It leaves the charts within seconds.</p>`
  return null
}

function one(note: Note, own: { unit: AnnotatedUnit; csrf: string } | false): Html {
  return html`<p><strong>${days(note)}</strong>: ${note.text}</p>
    ${
      own &&
      html`<form method="post" action="${annotationsPath(own.unit)}/take-back">
        <input type="hidden" name="_csrf" value="${own.csrf}" />
        <input type="hidden" name="annotation" value="${note.id}" />
        <button type="submit" class="quiet" aria-label="Take back: ${note.text}">Take back</button>
      </form>`
    }`
}

function problems(faults: readonly NoteFault[]): Html {
  return html`<div class="problems" role="alert">
    <p>Nothing was kept yet. Please correct:</p>
    <ul>
      ${faults.map(({ field, message }) => html`<li><a href="#${field}">${LABELS[field]}</a>: ${message}</li>`)}
    </ul>
  </div>`
}

const LABELS = { text: 'What happened', from: 'Day', to: 'Last day' } as const

type Form = { action: string; csrf: string; sent: SentNote; faults: readonly NoteFault[] }

function form({ action, csrf, sent, faults }: Form): Html {
  const wrong = (field: NoteFault['field']): Html | false =>
    faults.some(fault => fault.field === field) && trusted(' aria-invalid="true"')
  return html`<section aria-labelledby="write">
    <h2 id="write">Write a note</h2>
    <form class="conversation" method="post" action="${action}">
      <input type="hidden" name="_csrf" value="${csrf}" />
      <input type="hidden" name="number" value="${sent.number}" />
      <p class="field">
        <label for="text">${LABELS.text}</label>
        <input
          type="text"
          id="text"
          name="text"
          value="${sent.text}"
          maxlength="${LONGEST_ANNOTATION}"
          required
          autocomplete="off"
          aria-describedby="text-hint"
          ${wrong('text')}
        />
        <span class="hint" id="text-hint"
          >In a few words: “new timetable”, “snow week”, “tutoring begins”. Name no student.</span
        >
      </p>
      <p class="field">
        <label for="from">${LABELS.from}</label>
        <input type="date" id="from" name="from" value="${sent.from}" required ${wrong('from')} />
      </p>
      <p class="field">
        <label for="to">${LABELS.to}, if it lasted longer than one</label>
        <input type="date" id="to" name="to" value="${sent.to}" ${wrong('to')} />
      </p>
      <p class="actions"><button type="submit" class="primary">Keep the note</button></p>
    </form>
  </section>`
}

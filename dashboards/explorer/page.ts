import type { FastifyReply } from 'fastify'
import { html, type Html } from '../html.ts'
import { loadingPage } from '../pages/loading.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { moment, unitAfter } from '../wording.ts'
import { aroundOf } from './around.ts'
import { originOf } from './codebook.ts'
import { downloads, queryShown } from './downloads.ts'
import type { Explorer } from './explorer.ts'
import { formOf } from './form.ts'
import { notesList } from './notes.ts'
import { atName, panelsOf, saidOf } from './panels.ts'
import { addressOf, hasBlanks, questionOf } from './question.ts'
import { scriptHref } from './scripts.ts'
import { planOf, viewOf, type Plan, type View } from './view.ts'
import { measureName } from './words.ts'

/** Something that stands beside a view, below its pictures: what other parts of Homeroom know of the same address. */
export type Beside = (visit: Visit, plan: Plan) => Promise<Html | null>

export type ExplorerDeps = { explorer: Explorer; district: string; beside: readonly Beside[] }

/** Any published indicator, for up to four units or groups of students: drawn on the server, all of it in the address. */
export async function explorerPage(
  visit: Visit,
  { explorer, district, beside }: ExplorerDeps,
  reply: FastifyReply,
): Promise<Content | null> {
  const question = questionOf({ indicator: 'active_days', ...visit.query })
  const plan = await planOf({ ...visit, explorer }, question)
  if (!plan) return loadingPage(visit, 'The district’s first week')
  if (hasBlanks(visit.query)) {
    // A form that was sent for another indicator says by what that one was measured.
    const measure = plan.otherMeasure === null ? question.measure : ''
    await reply.redirect(addressOf({ ...question, measure }), 303)
    return null
  }
  const [view, around, ...more] = await Promise.all([
    viewOf(plan, explorer),
    aroundOf(visit, explorer, plan),
    ...beside.map(one => one(visit, plan)),
  ])
  const body = html`<header class="opening">
      <h1>${view.question.entry.name}</h1>
      ${opening(view)}
    </header>
    ${formOf(view, visit.reader, visit.schools)}
    <section aria-labelledby="shown" class="explorer">
      <h2 id="shown">${view.at === undefined ? 'No figures in this time' : atName(view, view.at)}</h2>
      ${notes(view)} ${view.lines.length > 0 && panelsOf(view)} ${notesList(view.notes)}
    </section>
    ${more} ${around} ${downloads(view, { district, today: visit.today, origin: originOf(reply.request) })}
    ${queryShown(view)} ${provenance(view, visit.timeZone)}`
  return { title: `${view.question.entry.name} · Explore`, body, seen: [], script: scriptHref }
}

function opening(view: View): Html {
  const { entry } = view.question
  return html`<p class="question">${entry.question}</p>
    ${
      view.at !== undefined &&
      html`<p class="lead">
        ${atName(view, view.at)}: ${view.lines.map(line => `${line.name}: ${saidOf(view, line)}`).join('; ')}
        <span class="unit">(${unitAfter(entry)}).</span>
      </p>`
    }`
}

function notes(view: View): Html {
  const { entry, measure, lines } = view.question
  const groups = view.chosen?.groups ?? []
  const missing = lines.filter(({ group }) => group !== '' && !groups.includes(group))
  const first = view.lines[0]?.name
  return html`<p class="how-to-read">
      ${measure !== '' && `${view.chosen?.name ?? measureName(measure)}. `}${capital(entry.unit)}. Ranges and bands are
      95% intervals: they hold the true mean about 19 times in 20. All pictures have one scale, which fits the figures
      and need not begin at 0.
      ${
        view.lines.length > 1 &&
        html`<span class="key own">The line named above</span> <span class="key district">${first}, to compare</span>`
      }
    </p>
    ${
      view.withheld > 0 &&
      html`<p class="noted">
        ${view.withheld === 1 ? 'One line' : `${view.withheld} lines`} of this address
        ${view.withheld === 1 ? 'is' : 'are'} not shown: outside what your account may see.
      </p>`
    }
    ${
      view.otherMeasure !== null &&
      html`<p class="noted">
        Not published by ${measureName(view.otherMeasure)}; shown by ${view.chosen?.name || 'nothing else'}.
      </p>`
    }
    ${
      view.chosen === undefined
        ? html`<p class="noted">Nothing is published of this indicator yet.</p>`
        : missing.length > 0 &&
          html`<p class="noted">
            ${entry.name} is not published for every group that was chosen; those lines are empty.
          </p>`
    }
    ${
      view.chosen !== undefined &&
      view.weeks.length === 0 &&
      html`<p class="noted">
        There is none in this school year. <a href="${addressOf({ ...view.question, year: 'all' })}">Show all years</a>
      </p>`
    }
    <p class="caution">What it cannot know: ${entry.caution}</p>`
}

function provenance({ snapshot, question }: View, timeZone: string): Html {
  return html`<p class="marks">
    <abbr class="few" title="Fewer than 20 students">*</abbr> 10 to 19 students: drawn towards the district’s figure.
    Figures of fewer than 10 students, and those that would give them away, are not shown. Schools stand in the order of
    their names. Published as snapshot ${snapshot.snapshot} on ${moment(new Date(snapshot.published_ms), timeZone)},
    from what had arrived by ${moment(new Date(snapshot.as_of_ms), timeZone)}.
    ${
      question.snapshot === undefined
        ? html`<a href="${addressOf({ ...question, snapshot: snapshot.snapshot })}"
            >Address that keeps this snapshot</a
          >`
        : html`<a class="onward" href="${addressOf({ ...question, snapshot: undefined })}"
            >The newest figures instead</a
          >`
    }
  </p>`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

import { html, type Html } from '../html.ts'
import { savedViews, type SavedView } from '../views/saved-views.ts'
import type { Content, Visit } from './parts/visit.ts'

/** The reader's own saved views. */
export async function viewsPage({ warehouse, reader, query, csrf }: Visit): Promise<Content> {
  const views = await savedViews(warehouse, reader.id)
  const done = query.saved === '1' ? 'The view is saved.' : query.deleted === '1' ? 'The view is deleted.' : null
  const body = html`<header class="opening">
      <h1>Saved views</h1>
      <p class="lead">Pages as you saved them. The list is yours alone; to share one, send its address.</p>
    </header>
    ${done && html`<p class="notice" role="status">${done}</p>`}
    ${
      views.length === 0
        ? html`<p class="none">
            There are none yet. Under the heading of the district, of a school and of the explorer is “Save this view”.
          </p>`
        : html`<ul class="kept-list">
            ${views.map(view => html`<li>${one(view, csrf())}</li>`)}
          </ul>`
    }`
  return { title: 'Saved views', body, seen: [] }
}

function one({ id, name, address }: SavedView, csrf: string): Html {
  return html`<p><a href="${address}">${name}</a> <span class="hint">${address}</span></p>
    <form method="post" action="/views/delete">
      <input type="hidden" name="_csrf" value="${csrf}" />
      <input type="hidden" name="view" value="${id}" />
      <button type="submit" class="quiet" aria-label="Delete: ${name}">Delete</button>
    </form>`
}

import { html } from '../../html.ts'
import { offersFor } from '../../relationships/offers.ts'
import { inboxPath } from '../inbox.ts'
import { changed } from '../engagement/offer.ts'
import type { Section } from '../parts/section.ts'
import type { StudentView } from '../student.ts'
import type { Visit } from '../parts/visit.ts'

/** An open offer of help, on the student's own page: for the adviser only, a teacher of a class does not get it. */
export async function offersOfStudent(
  { warehouse }: Visit,
  { student, advised }: StudentView,
): Promise<Section | null> {
  if (!advised) return null
  const offers = await offersFor(warehouse, new Map([[student.student, student]]))
  const [open] = offers.filter(({ answer }) => answer === '' || answer === 'seen')
  if (!open) return null
  return {
    html: html`<section aria-labelledby="offer" class="offer">
      <h2 id="offer">An offer of help</h2>
      <p>${changed(open)}</p>
      <p><a href="${inboxPath}#offer-${open.alarm}">Answer it in your inbox</a></p>
    </section>`,
  }
}

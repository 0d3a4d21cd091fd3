import { randomUUID } from 'node:crypto'
import { html, type Html } from '../html.ts'
import type { Visit } from '../pages/parts/visit.ts'
import { knownAddress } from './known-address.ts'

/** The form that saves the page under a name, for any page that `knownAddress` knows; null on others. */
export function saveViewForm({ address, csrf }: Pick<Visit, 'address' | 'csrf'>): Html | null {
  const known = knownAddress(address)
  if (known === null) return null
  return html`<details class="save-view">
    <summary>Save this view</summary>
    <form method="post" action="/views">
      <input type="hidden" name="_csrf" value="${csrf()}" />
      <input type="hidden" name="number" value="${randomUUID()}" />
      <input type="hidden" name="address" value="${known}" />
      <label for="view-name">Name</label>
      <input type="text" id="view-name" name="name" maxlength="80" required autocomplete="off" />
      <button type="submit">Save</button>
    </form>
    <p class="hint">
      It opens this page again with what you have chosen on it, and with the newest figures. To share it, send its
      address: whoever opens it sees what they may.
    </p>
  </details>`
}

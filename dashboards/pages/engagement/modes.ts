import { modeBar } from '../../charts/mode-bar.ts'
import { html, type Html } from '../../html.ts'
import { count } from '../../wording.ts'

/** Ways in which learning time is spent, in the order in which they are shown (processors/engagement/README.md). */
export const MODES = [
  { id: 'individual', name: 'Individual' },
  { id: 'small_group', name: 'Small group' },
  { id: 'one_to_one', name: 'One to one with an adult' },
  { id: 'virtual_tutor', name: 'Virtual tutor' },
  { id: 'project_team', name: 'Project team' },
  { id: 'community', name: 'Community and mentors' },
] as const

export type Mode = (typeof MODES)[number]['id']

/** The mix of modes as one bar, a key, and the same in words for who does not see it; null if there are no minutes. */
export function modeMix(of: string, minutes: Readonly<Record<Mode, number>>): Html | null {
  const all = MODES.reduce((sum, { id }) => sum + minutes[id], 0)
  if (all === 0) return null
  const parts = MODES.map(({ id, name }) => ({ name, kind: id, share: minutes[id] / all, minutes: minutes[id] }))
  const used = parts.filter(({ minutes: m }) => m > 0)
  const percent = (share: number): string => (share > 0 && share < 0.005 ? 'under 1%' : `${Math.round(share * 100)}%`)
  const label = `Learning time of ${of} by mode: ${used.map(({ name, share }) => `${name} ${percent(share)}`).join(', ')}.`
  return html`${modeBar({ label, parts: used.map(({ name, share, kind }) => ({ name, share, kind })) })}
    <table class="mode-key">
      <thead class="unseen">
        <tr>
          <th scope="col">Mode</th>
          <th scope="col">Share</th>
          <th scope="col">Minutes</th>
        </tr>
      </thead>
      <tbody>
        ${parts.map(
          ({ name, kind, share, minutes: m }) =>
            html`<tr>
              <th scope="row"><span class="mode-swatch ${kind}"></span>${name}</th>
              <td class="figure">${percent(share)}</td>
              <td class="figure">${count(Math.round(m))} min</td>
            </tr>`,
        )}
      </tbody>
    </table>`
}

import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import { html, trusted, type Html } from '../../html.ts'
import { periodOf } from '../../weeks.ts'
import { byTheme, themeOf } from './themes.ts'
import { address } from './week-choice.ts'

/** The indicators of one's theme that stand beside it in a table: what is drawn, and itself. */
export function ofTheme(shown: CatalogueEntry, entries: readonly CatalogueEntry[]): CatalogueEntry[] {
  const { drawn, further } = themed(shown, entries)
  return drawn.length === 0 ? further : [...drawn, ...further.filter(entry => entry === shown)]
}

/** Themes to choose from, by their first indicators; null where there is only one. */
export function themeTabs(entries: readonly CatalogueEntry[], shown: CatalogueEntry, chosen: Day): Html | null {
  const themes = byTheme(entries)
  if (themes.length < 2) return null
  return tabs(
    'Figures of the schools',
    themes.map(({ theme, drawn, further }) => ({
      text: theme.name,
      to: [...drawn, ...further][0]!,
      current: theme === themeOf(shown),
    })),
    { chosen, at: 'schools' },
  )
}

/** The indicators of one's theme to choose from. */
export function indicatorTabs(entries: readonly CatalogueEntry[], shown: CatalogueEntry, chosen: Day): Html {
  const { drawn, further } = themed(shown, entries)
  const all = [...drawn, ...further].map(entry => ({ text: entry.name, to: entry, current: entry === shown }))
  return tabs('Indicator of the pictures', all, { chosen, at: 'panels' })
}

const themed = (shown: CatalogueEntry, entries: readonly CatalogueEntry[]): ReturnType<typeof byTheme>[number] =>
  byTheme(entries).find(({ theme }) => theme === themeOf(shown))!

type Tab = { text: string; to: CatalogueEntry; current: boolean }

function tabs(label: string, of: readonly Tab[], { chosen, at }: { chosen: Day; at: string }): Html {
  const link = ({ text, to, current }: Tab): Html => {
    const href = `${address('/district', { week: periodOf(chosen), indicator: to.id })}#${at}`
    return html`<li><a href="${href}" ${current && trusted(' aria-current="true"')}>${text}</a></li>`
  }
  return html`<nav class="tabs" aria-label="${label}">
    <ul>
      ${of.map(link)}
    </ul>
  </nav>`
}

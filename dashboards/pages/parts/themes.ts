import { catalogue, weekly, type CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { UnitType } from '../../../schemas/indicator.ts'
import type { Day } from '../../../schemas/record.ts'
import type { At } from './shown.ts'

/** What weekly indicators are about, in the order in which pages show them. */
export type Theme = {
  id: string
  name: string
  /** Drawn week by week, in this order; what else there is stands in a table. */
  drawn: readonly string[]
  /** Is an indicator about it, by its code in the specification? */
  has: (code: string) => boolean
}

export const THEMES: readonly Theme[] = [
  {
    id: 'engagement',
    name: 'Engagement',
    drawn: ['active_days', 'effort_minutes', 'engagement_index', 'completion'],
    has: code => /^B[12347]$/.test(code),
  },
  {
    id: 'agency',
    name: 'Choice, pace and help',
    drawn: ['choice_share', 'pace', 'goals_set', 'reflections'],
    has: code => /^B[56]$/.test(code),
  },
  {
    id: 'people',
    name: 'People',
    drawn: ['contact_minutes'],
    has: code => code.startsWith('C'),
  },
  { id: 'skills', name: 'Skills', drawn: ['skills_gained'], has: code => code.startsWith('A') },
  { id: 'more', name: 'Further figures', drawn: [], has: () => true },
]

/** The weekly indicators that pages of such a unit show by theme; what has a section of its own is not among them. */
export const measuresOf = (unit: UnitType): CatalogueEntry[] =>
  catalogue.filter(
    ({ period, domain, units }) =>
      period === 'week' && units.includes(unit) && (domain === undefined || HERE.includes(domain)),
  )

const HERE: readonly string[] = ['engagement', 'agency', 'mode']

/** Those of which a page says that it has no figures: the ones on every page, and others that were computed and are not known. */
export const missedOf = (
  unit: UnitType,
  shown: readonly CatalogueEntry[],
  weeks: readonly Day[],
  at: At,
): CatalogueEntry[] =>
  measuresOf(unit).filter(
    entry =>
      !shown.includes(entry) &&
      !isMode(entry) &&
      (weekly.includes(entry) || weeks.some(week => at(entry.id, week) !== undefined)),
  )

/** Time by mode: shown as one mix, not one by one (`modes.ts`). */
export const isMode = ({ domain }: CatalogueEntry): boolean => domain === 'mode'

export type Themed = { theme: Theme; drawn: CatalogueEntry[]; further: CatalogueEntry[] }

/** The indicators by theme; themes without any are left out. */
export function byTheme(entries: readonly CatalogueEntry[]): Themed[] {
  return THEMES.map(theme => {
    const of = entries.filter(entry => themeOf(entry) === theme && !isMode(entry))
    const drawn = theme.drawn.flatMap(id => of.filter(entry => entry.id === id))
    return { theme, drawn, further: of.filter(entry => !drawn.includes(entry)) }
  }).filter(({ drawn, further }) => drawn.length + further.length > 0)
}

export const themeOf = ({ code }: CatalogueEntry): Theme => THEMES.find(theme => theme.has(code))!

/** As tables and tabs have them: theme by theme, what is drawn first. */
export const inThemeOrder = (entries: readonly CatalogueEntry[]): CatalogueEntry[] =>
  byTheme(entries).flatMap(({ drawn, further }) => [...drawn, ...further])

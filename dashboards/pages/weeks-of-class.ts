import { weekly } from '../../schemas/catalogue.ts'
import { html } from '../html.ts'
import { schoolYearOf } from '../weeks.ts'
import type { ClassView } from './class.ts'
import { measure } from './measure.ts'
import type { Section } from './section.ts'
import { withoutFigures } from './shown.ts'
import type { Visit } from './visit.ts'

/** The weekly figures of a class or advisory over the school year. */
export async function weeksOfClass(_visit: Visit, view: ClassView): Promise<Section | null> {
  const { unit, group, weeks, chosen, entries, at } = view
  const missing = weekly.filter(entry => entry.units.includes(unit.type) && !entries.includes(entry))
  return {
    html: html`<section aria-labelledby="year">
      <h2 id="year">Week by week, school year ${schoolYearOf(chosen).label}</h2>
      <p class="how-to-read">
        Ranges and bands are 95% intervals. Of a single class they are wide: a week’s figure moves by chance, several
        weeks say more. Scales fit the figures and need not begin at 0; weeks without school are gaps.
      </p>
      <div class="measures">
        ${entries.map(entry => measure({ entry, of: group.label, weeks, chosen, line: week => at(entry.id, week) }))}
      </div>
      ${withoutFigures(missing, weeks, at)}
    </section>`,
  }
}

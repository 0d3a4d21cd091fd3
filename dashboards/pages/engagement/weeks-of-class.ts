import { html } from '../../html.ts'
import { schoolYearOf } from '../../weeks.ts'
import type { ClassView } from '../class.ts'
import { engagementWeeks } from './engagement-weeks.ts'
import { measure } from '../parts/measure.ts'
import type { Section } from '../parts/section.ts'
import { withoutFigures } from '../parts/shown.ts'
import { missedOf } from '../parts/themes.ts'
import type { Visit } from '../parts/visit.ts'

/** The weekly figures of a class or advisory over the school year. */
export async function weeksOfClass(_visit: Visit, view: ClassView): Promise<Section | null> {
  const { unit, group, weeks, chosen, entries, at } = view
  return {
    html: html`${engagementWeeks({
      of: group.label,
      entries,
      chosen,
      at,
      draw: entry => measure({ entry, of: group.label, weeks, chosen, line: week => at(entry.id, week) }),
      howToRead: html`<p class="how-to-read">
        School year ${schoolYearOf(chosen).label}, week by week. Ranges and bands are 95% intervals. Of a single class
        they are wide: a week’s figure moves by chance, several weeks say more. Scales fit the figures and need not
        begin at 0; weeks without school are gaps.
      </p>`,
    })}
    ${withoutFigures(missedOf(unit.type, entries, weeks, at), weeks, at)}`,
  }
}

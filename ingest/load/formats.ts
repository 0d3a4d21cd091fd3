import { loadCalendar } from './calendar.ts'
import { edfiFormat } from './edfi-format.ts'
import { eventFormatOf, loadEvents, type EventFormat } from './event-files.ts'
import { fileFormat, type Format } from './format.ts'
import { icalendarFormat } from './icalendar-format.ts'
import { mappedFormat } from './mapped-format.ts'
import { onerosterFormat } from './oneroster-format.ts'
import { surveyFormat } from './survey.ts'

const logFormat = (format: EventFormat, about: string): Format =>
  fileFormat(
    { name: format, about, stage: 'logs' },
    async file => (await eventFormatOf(file)) === format,
    (file, loader, context) => loadEvents(file, format, loader, context.homePage),
  )

/**
 * Every kind of file that `load` understands, in the order in which files are offered to them: what a format takes, no
 * later one sees. Mapping files come first, because they say of files of any name what they are. In which order things are
 * *loaded* the stages of their jobs say (`format.ts`).
 */
export const FORMATS: readonly Format[] = [
  surveyFormat,
  icalendarFormat,
  mappedFormat,
  onerosterFormat,
  edfiFormat,
  fileFormat(
    { name: 'calendar', about: 'calendar.csv', stage: 'calendars', source: 'roster' },
    file => file.name.toLowerCase() === 'calendar.csv',
    (file, loader, context) => loadCalendar(file, loader, context.schools),
  ),
  logFormat('openedx', 'a tracking log of Open edX'),
  logFormat('canvas', 'a log of Canvas Live Events'),
]

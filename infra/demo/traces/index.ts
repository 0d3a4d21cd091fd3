import { attendance } from './attendance.ts'
import { reading } from './caliper-reading.ts'
import { collaboration } from './collaboration.ts'
import { contacts } from './contacts.ts'
import { help } from './help.ts'
import { mentoring } from './mentoring.ts'
import { smallGroups } from './small-groups.ts'
import type { Trace } from './trace.ts'
import { virtualTutor } from './virtual-tutor.ts'
import { lessons } from './xapi-lessons.ts'
import { mistakes } from './xapi-mistakes.ts'
import { practice } from './xapi-practice.ts'

/** Every kind of record that the demo district sends. New ones go to the end, with a number of their own. */
export const traces: readonly Trace[] = [
  lessons,
  practice,
  mistakes,
  reading,
  contacts,
  collaboration,
  help,
  smallGroups,
  mentoring,
  virtualTutor,
  attendance,
]

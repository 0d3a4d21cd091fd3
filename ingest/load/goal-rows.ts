import { z } from 'zod'
import type { Goal } from '../../schemas/plan.ts'
import { GoalHorizon, GoalLevel, GoalStatus, GoalWeight, type Day } from '../../schemas/record.ts'
import type { GoalMapping } from './plan-mapping.ts'
import { dayAs, fieldsOf, pastDayAs, WHOSE, Words, wordsOf, type Kind } from './plan-row.ts'
import { compile } from './template.ts'

/** Rows as goals. @param latest the last day that anything can be told of */
export function goalKind(block: GoalMapping, latest: Day): Kind<Goal> {
  const { fields, templates } = fieldsOf(block, {
    texts: ['subject', 'state', 'horizon', 'text'],
    numbers: ['level', 'expected', 'weight'],
    days: ['date', 'due', 'closed'],
  })
  const levels = Object.entries(block.levels ?? {}).map(([level, template]) => [level, compile(template)] as const)
  return {
    fields: values => ({
      ...fields(values),
      levels: Object.fromEntries(
        levels.flatMap(([level, read]) => (read(values) === undefined ? [] : [[level, read(values)]])),
      ),
    }),
    shape: shapeOf(block, latest),
    templates,
  }
}

function shapeOf({ dateFormat }: GoalMapping, latest: Day): Kind<Goal>['shape'] {
  return z
    .object({
      ...WHOSE,
      horizon: GoalHorizon.optional(),
      date: pastDayAs(dateFormat, latest),
      due: dayAs(dateFormat).optional(),
      closed: pastDayAs(dateFormat, latest).optional(),
      state: GoalStatus.optional(),
      level: GoalLevel.optional(),
      expected: GoalLevel.optional(),
      weight: GoalWeight.optional(),
      text: Words,
      levels: z.record(z.string(), z.string().max(4000)),
    })
    .superRefine(({ date, due, closed, state, level }, context) => {
      const refuse = (field: string, message: string): void =>
        context.addIssue({ code: 'custom', path: [field], message })
      if (due !== undefined && due < date) refuse('due', 'the day it was set, or later')
      if (closed !== undefined && closed < date) refuse('closed', 'the day it was set, or later')
      if (closed !== undefined && state === 'open') refuse('state', 'how it ended: attained, missed or dropped')
      if (closed !== undefined && state === undefined && level === undefined)
        refuse('state', 'how it ended: attained, missed or dropped, or a level')
    })
    .transform(row => ({
      student: row.student,
      said: {
        subject: row.subject,
        horizon: row.horizon ?? null,
        day: row.date,
        due: row.due ?? null,
        closed: row.closed ?? null,
        status: row.state ?? statusBy(row.closed, row.level, row.expected),
        level: row.level ?? null,
        expected: row.expected ?? null,
        weight: row.weight ?? null,
      },
      words: wordsOf(row.text, row.levels),
      key: [row.subject, row.date, row.text ?? ''],
    }))
}

/** What a level says of a goal that has ended. */
function statusBy(closed: Day | undefined, level = 0, expected = 0): GoalStatus {
  if (closed === undefined) return 'open'
  return level >= expected ? 'attained' : 'missed'
}

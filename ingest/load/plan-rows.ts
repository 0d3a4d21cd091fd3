import { z } from 'zod'
import type { Plan } from '../../schemas/plan.ts'
import { Mix, UnitsPerWeek, type Day } from '../../schemas/record.ts'
import type { PlanMapping } from './plan-mapping.ts'
import { dayAs, fieldsOf, WHOSE, Words, wordsOf, type Kind, type Templates } from './plan-row.ts'
import { numberIn } from './row-fields.ts'
import { compile, type Values } from './template.ts'

const MODES = ['individual', 'adult', 'peer', 'group'] as const

/** Rows as students' own plans. */
export function planKind(block: PlanMapping): Kind<Plan> {
  const { fields, templates } = fieldsOf(block, {
    texts: ['subject', 'text'],
    numbers: ['units'],
    days: ['from', 'to', 'through'],
  })
  const mix = mixReader(block)
  const mixColumns = MODES.map((mode): Templates[number] => [`mix.${mode}`, block.mix?.[mode]])
  return {
    fields: values => ({ ...fields(values), mix: mix(values) }),
    shape: shapeOf(block),
    templates: [...templates, ...mixColumns],
  }
}

function shapeOf({ dateFormat, units }: PlanMapping): Kind<Plan>['shape'] {
  const day = dayAs(dateFormat)
  return z
    .object({
      ...WHOSE,
      units: UnitsPerWeek.optional(),
      mix: Mix.optional(),
      from: day,
      to: day.optional(),
      through: day.optional(),
      text: Words,
    })
    .refine(row => row.units !== undefined || row.mix !== undefined, {
      path: [units === undefined ? 'mix' : 'units'],
      error: 'units a week, a mix, or both',
    })
    .refine(row => row.to === undefined || row.from < row.to, { path: ['to'], error: 'a day after the first' })
    .refine(row => row.through === undefined || row.from <= row.through, {
      path: ['through'],
      error: 'the first day or later',
    })
    .transform(({ student, subject, units, mix, from, to, through, text }) => ({
      student,
      said: {
        subject,
        unitsPerWeek: units ?? null,
        mix: mix ?? null,
        begin: from,
        end: to ?? (through === undefined ? null : dayAfter(through)),
      },
      words: wordsOf(text),
      key: [subject, from],
    }))
}

/** The four shares; undefined where the row has none of them. */
function mixReader({ mix, mixIn }: PlanMapping): (values: Values) => Record<string, unknown> | undefined {
  const modes = MODES.map(mode => [mode, compile(mix?.[mode])] as const)
  return values => {
    const said = modes.map(([mode, read]) => [mode, numberIn(read(values))] as const)
    if (said.every(([, value]) => value === undefined)) return undefined
    const total = said.reduce((sum, [, value]) => sum + (typeof value === 'number' ? value : 0), 0)
    const whole = { shares: 1, percent: 100, weights: total === 0 ? 1 : total }[mixIn]
    return Object.fromEntries(
      said.map(([mode, value = 0]) => [
        mode,
        typeof value === 'number' ? Math.round((value / whole) * 1e9) / 1e9 : value,
      ]),
    )
  }
}

const dayAfter = (day: Day): Day => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)

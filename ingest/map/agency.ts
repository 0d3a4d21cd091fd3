import { Agency, type Kind } from '../../schemas/record.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'

/**
 * What extensions say of a learner's own plan, goal or choice; undefined if they say nothing. A value that is not of its
 * shape says nothing: the original keeps it.
 * @param said the value of an extension by its IRI
 */
export function agencyIn(said: (iri: string) => unknown): Agency | undefined {
  const [plan, goal, offered] = [said(EXTENSIONS.plan), said(EXTENSIONS.goal), said(EXTENSIONS.offered)]
  if (plan === undefined && goal === undefined && offered === undefined) return undefined
  const agency: Agency = {
    ...fitting('plan', plan),
    ...fitting('goal', goal),
    ...fitting('offered', offered),
  }
  return Object.keys(agency).length === 0 ? undefined : agency
}

function fitting<Part extends keyof Agency>(part: Part, value: unknown): Pick<Agency, Part> | undefined {
  if (value === undefined) return undefined
  const parsed = Agency.shape[part].safeParse(value)
  return parsed.success ? ({ [part]: parsed.data } as Pick<Agency, Part>) : undefined
}

/** The kind that the extensions give to what has none, or is only noted: a verb that says more beats them. */
export function kindBy(kind: Kind, agency: Agency | undefined): Kind {
  if (agency === undefined || (kind !== 'other' && kind !== 'noted')) return kind
  if (agency.plan !== undefined) return 'goal-set'
  if (agency.goal !== undefined) return agency.goal.status === 'attained' ? 'goal-met' : 'goal-set'
  return 'chose'
}

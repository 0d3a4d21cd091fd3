import type { Lookup, Pseudonym } from '../../schemas/record.ts'
import type { Activity, Agent, Group, Statement } from '../../schemas/xapi.ts'
import type { Identify } from './participants.ts'

type Acting = Agent | Group
type Inner = Pick<Statement, 'actor' | 'object' | 'context'>

/**
 * What the statement can be found by (xAPI 1.0.3 Communication 2.1.3; 2.0.0 4.1.6.1): agents and groups by the pseudonym
 * of their identifier, groups by those of their members too.
 * @param identify pseudonym of an agent or group; null if it has no identifier
 */
export function lookupOf(statement: Statement, identify: Identify): Lookup {
  const found = new Found(identify)
  found.statement(statement)
  return found.lookup(identify(statement.actor))
}

class Found {
  readonly #identify: Identify
  readonly #agents = new Set<Pseudonym>()
  readonly #relatedAgents = new Set<Pseudonym>()
  readonly #relatedActivities = new Set<string>()
  readonly #defines = new Set<string>()
  #activity: string | undefined
  #registration: string | undefined
  #refersTo: string | undefined

  constructor(identify: Identify) {
    this.#identify = identify
  }

  statement(statement: Statement): void {
    const { object, context } = statement
    this.#person(statement.actor, this.#agents)
    switch (object.objectType) {
      case 'Agent':
      case 'Group':
        this.#person(object, this.#agents)
        break
      case 'StatementRef':
        this.#refersTo = object.id.toLowerCase()
        break
      case 'SubStatement':
        this.#related(object as Inner)
        break
      default:
        this.#activity = object.id
        this.#define(object)
    }
    this.#registration = context?.registration?.toLowerCase()
    this.#context(context)
  }

  lookup(actor: Pseudonym | null): Lookup {
    const isActorAlone = this.#agents.size === 1 && actor !== null && this.#agents.has(actor)
    for (const agent of this.#agents) this.#relatedAgents.delete(agent)
    if (this.#activity !== undefined) this.#relatedActivities.delete(this.#activity)
    return {
      ...(!isActorAlone && { agents: [...this.#agents] }),
      ...(this.#relatedAgents.size > 0 && { relatedAgents: [...this.#relatedAgents] }),
      ...(this.#activity !== undefined && { activity: this.#activity }),
      ...(this.#relatedActivities.size > 0 && { relatedActivities: [...this.#relatedActivities] }),
      ...(this.#registration !== undefined && { registration: this.#registration }),
      ...(this.#refersTo !== undefined && { refersTo: this.#refersTo }),
      ...(this.#defines.size > 0 && { defines: [...this.#defines] }),
    }
  }

  /** The statement inside: all of it is only related. */
  #related({ actor, object, context }: Inner): void {
    this.#person(actor, this.#relatedAgents)
    if (object.objectType === 'Agent' || object.objectType === 'Group') this.#person(object, this.#relatedAgents)
    else if (object.objectType === undefined || object.objectType === 'Activity') this.#activityNear(object)
    this.#context(context)
  }

  #context(context: Statement['context']): void {
    if (context === undefined) return
    const { instructor, team, contextAgents, contextGroups } = context
    if (instructor !== undefined) this.#person(instructor, this.#relatedAgents)
    if (team !== undefined) this.#person(team, this.#relatedAgents)
    for (const { agent } of contextAgents ?? []) this.#person(agent, this.#relatedAgents)
    for (const { group } of contextGroups ?? []) this.#person(group, this.#relatedAgents)
    const near = context.contextActivities
    if (near === undefined) return
    for (const list of [near.parent, near.grouping, near.category, near.other]) {
      if (list === undefined) continue
      if (Array.isArray(list)) for (const activity of list) this.#activityNear(activity)
      else this.#activityNear(list)
    }
  }

  #person(agent: Acting, into: Set<Pseudonym>): void {
    const own = this.#identify(agent)
    if (own !== null) into.add(own)
    if (!('member' in agent)) return
    for (const member of agent.member ?? []) {
      const id = this.#identify(member)
      if (id !== null) into.add(id)
    }
  }

  #activityNear(activity: Activity): void {
    this.#relatedActivities.add(activity.id)
    this.#define(activity)
  }

  #define({ id, definition }: Activity): void {
    if (definition !== undefined) this.#defines.add(id)
  }
}

/** The topics of the event log and their settings; `migrate` creates them with the district's prefix. */
export const TOPICS = {
  records: { partitions: 4, compacted: false, about: 'LearningRecord, keyed by the actor' },
  rosters: { partitions: 4, compacted: false, about: 'RosterEntry, keyed by the thing it describes' },
  surveys: { partitions: 4, compacted: false, about: 'survey responses' },
  scores: { partitions: 4, compacted: false, about: 'assessment scores' },
  plans: { partitions: 4, compacted: false, about: "PlanEntry: learners' plans, goals, choices, reflections" },
  actions: {
    partitions: 4,
    compacted: false,
    about: 'ActionEntry: what people do in Homeroom itself, and what it told them',
  },
  audit: { partitions: 1, compacted: false, about: 'AuditEntry: who saw what, who signed in, what was refused' },
  identities: { partitions: 4, compacted: true, about: 'IdentityEntry, keyed by type and id; a tombstone erases' },
  'dead-letters': { partitions: 1, compacted: false, about: 'DeadLetter: what could not be used, and why' },
} as const satisfies Record<string, { partitions: number; compacted: boolean; about: string }>

export type Topic = keyof typeof TOPICS

/** The consumer group of the processors: `replay` rewinds it, and who reads back asks how far it is. */
export const PROCESSORS_GROUP = 'processors'

/** FNV-1a over UTF-16 code units: the partition of a key, the same in every process and on every log. */
export function partitionOf(topic: Topic, key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % TOPICS[topic].partitions
}

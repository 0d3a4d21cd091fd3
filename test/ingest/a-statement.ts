/** A valid statement with everything that is usual. */
export function aStatement(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
    actor: {
      objectType: 'Agent',
      name: 'Kim Example',
      account: { homePage: 'https://lms.example.org', name: 'kim.example' },
    },
    verb: { id: 'http://adlnet.gov/expapi/verbs/answered', display: { 'en-US': 'answered' } },
    object: {
      objectType: 'Activity',
      id: 'https://lms.example.org/activities/fractions-7',
      definition: {
        type: 'http://adlnet.gov/expapi/activities/cmi.interaction',
        interactionType: 'numeric',
        name: { en: 'Fractions' },
      },
    },
    result: { score: { scaled: 0.5 }, success: true, duration: 'PT1M30S' },
    timestamp: '2026-03-02T13:59:00.000Z',
    ...changes,
  }
}

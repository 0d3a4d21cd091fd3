import { changed, objects, unreadable, type Planted } from './planted.ts'

const LONG = 'x'.repeat(9000)
const long = 'a string of 9000 characters'
const cut = unreadable('{"a":1', 'an object that is cut off')
/** Deeper than what is kept may be. */
const DEEP = JSON.parse('['.repeat(70) + ']'.repeat(70)) as unknown

const LINE = {
  username: 'kim',
  event_type: 'problem_check',
  event_source: 'server',
  time: '2026-02-03T10:00:00.000000+00:00',
  host: 'courses.example.org',
  context: { user_id: 7, course_id: 'course-v1:Oak+Math+2026', path: '/x', module: { usage_key: 'block' } },
  event: {},
}
const text = (field: string, name = field): [Record<string, unknown>, string, string, string] => [
  { [field]: LONG },
  name,
  'allowed',
  long,
]

export const OPENEDX: Planted = {
  name: 'tracking logs of Open edX',
  files: {
    'tracking.log': objects(
      LINE,
      [
        [{ event_type: 7 }, 'event_type', 'allowed', 'a number'],
        text('event_type'),
        text('name'),
        text('event_source'),
        [{ time: 'noon' }, 'time', 'allowed', 'a string of 4 characters'],
        text('username'),
        text('host'),
        [{ host: undefined }, 'host', 'required', ''],
        [{ 'context.user_id': 1.5 }, 'context.user_id', 'allowed', 'a number'],
        text('context.course_id'),
        text('context.path'),
        text('context.module.usage_key'),
        [{ context: 'none' }, 'context', 'allowed', 'a string of 4 characters'],
      ],
      [
        {
          text: JSON.stringify({ ...LINE, event: DEEP }),
          faults: [{ field: '', rule: 'readable', value: 'JSON that nests deeper, is wider or has a larger number' }],
        },
        cut,
      ],
    ),
  },
}

const EVENT = {
  metadata: {
    event_name: 'logged_in',
    event_time: '2026-02-03T10:00:00.000Z',
    user_id: '21070000000000001',
    root_account_id: '21070000000000001',
  },
  body: {},
}

export const CANVAS: Planted = {
  name: 'Canvas Live Events',
  files: {
    'live-events.jsonl': objects(
      EVENT,
      [
        [{ 'metadata.event_name': '7 up' }, 'metadata.event_name', 'allowed', 'a string of 4 characters'],
        [{ 'metadata.event_time': '' }, 'metadata.event_time', 'allowed', 'an empty string'],
        ...['user_id', 'real_user_id', 'root_account_id', 'context_id'].map(
          field =>
            [{ [`metadata.${field}`]: true }, `metadata.${field}`, 'allowed', 'a boolean'] as [
              Record<string, unknown>,
              string,
              string,
              string,
            ],
        ),
        ...['user_sis_id', 'context_type', 'context_sis_source_id', 'context_role'].map(field =>
          text(`metadata.${field}`),
        ),
        [{ metadata: 7 }, 'metadata', 'allowed', 'a number'],
        [{ body: undefined }, 'body', 'required', ''],
      ],
      [
        {
          text: JSON.stringify(changed(EVENT, { 'body.deep': DEEP })),
          faults: [{ field: '', rule: 'readable', value: 'JSON that nests deeper, is wider or has a larger number' }],
        },
        cut,
      ],
    ),
  },
}

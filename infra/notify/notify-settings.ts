import { z } from 'zod'
import { HomeroomError } from '../errors.ts'
import { jsonSetting } from '../json-setting.ts'

const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time, for example 07:00')

const Schema = z.strictObject({
  /** Where people reach Homeroom; stands in messages. */
  url: z.url({ protocol: /^https?$/ }),
  email: z
    .strictObject({
      /** `smtps://user:password@mail.example:465`, or `smtp://` with STARTTLS where the server has it. */
      smtp: z.url({ protocol: /^smtps?$/ }),
      from: z.string().min(3).max(320),
    })
    .optional(),
  webhook: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      /** Key of the signature; 32 characters or more. */
      secret: z.string().min(32),
      /** Else only https to public addresses: a setting must not open a door into the network. */
      allowPrivate: z.boolean().default(false),
    })
    .optional(),
  /** Nothing is sent then, in the district's time zone; what has come meanwhile is sent afterwards. */
  quiet: z
    .strictObject({ from: Clock.default('17:00'), to: Clock.default('07:00'), weekends: z.boolean().default(true) })
    .prefault({}),
  /** Least hours between two messages to one person. */
  everyHours: z.number().min(1).max(168).default(20),
})

/** Who is told of new offers of help, and how mails go. */
export type NotifySettings = z.infer<typeof Schema>

/**
 * @param setting JSON, or the path of a file with it; null: nobody is told
 * @throws HomeroomError CONFIG_INVALID naming each fault
 */
export function readNotify(setting: string | null): NotifySettings | null {
  if (setting === null) return null
  const parsed = Schema.safeParse(jsonSetting(setting, invalid))
  if (!parsed.success)
    throw invalid(parsed.error.issues.map(i => `${i.path.join('.') || 'it'}: ${i.message}`).join('; '))
  const { email, webhook } = parsed.data
  if (!email && !webhook) throw invalid('neither email nor webhook is in it')
  if (webhook && !webhook.allowPrivate && !webhook.url.startsWith('https:'))
    throw invalid('webhook.url is not https, and webhook.allowPrivate is not true')
  return parsed.data
}

const invalid = (faults: string, cause?: unknown): HomeroomError =>
  new HomeroomError('CONFIG_INVALID', `HOMEROOM_NOTIFY: ${faults}. Nobody was told of anything`, { cause })

import { z } from 'zod'
import { Instant } from './record.ts'

/** What somebody did in Homeroom that has to be told afterwards: above all, whose figures they saw. */
export const AuditEntry = z.strictObject({
  id: z.uuid(),
  at: Instant,
  /** Account; empty: nobody was signed in. */
  account: z.string().max(512),
  /** Its role then. */
  role: z.string().max(64),
  /**
   * `saw`: live figures of `units` were sent, or published rows of students; `refused`: asked for, not given;
   * `changed`: what others see of `units`; `signed-in`, `sign-in-refused`, `signed-out`; `account-changed`: by the operator, at the
   * command line.
   */
  action: z.enum(['saw', 'refused', 'changed', 'signed-in', 'sign-in-refused', 'signed-out', 'account-changed']),
  /** Method and route as registered, `GET /schools/:id`; of the command line its command. */
  route: z.string().max(256),
  /** `type:id`: `school:lincoln`, `student:<pseudonym>`, `person:<pseudonym of an identifier>`; `audit:` and what was looked up there. */
  units: z.array(z.string().max(1024)).max(10_000),
  /** Error code of a refusal; else empty. */
  code: z.string().max(64),
  /** The sentence; never a secret, a name or an e-mail address. */
  detail: z.string().max(2048),
  /** Address of who asked, of sign-ins and refusals; else empty. */
  address: z.string().max(64),
})
export type AuditEntry = z.infer<typeof AuditEntry>

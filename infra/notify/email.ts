import { createTransport, type Transporter } from 'nodemailer'
import { HomeroomError } from '../errors.ts'
import { uuid5 } from '../uuid5.ts'
import type { NotifySettings } from './notify-settings.ts'

export type Digest = {
  to: string
  /** Offers of help that are new to this person. */
  alarms: readonly string[]
  account: string
}

/** Sends digests by SMTP; close it afterwards. */
export class Mailer {
  readonly #transport: Transporter
  readonly #from: string
  readonly #url: string

  constructor({ smtp, from }: NonNullable<NotifySettings['email']>, url: string) {
    // Over smtp:// the password goes out only after STARTTLS, but to this machine itself.
    const { hostname, protocol, username } = new URL(smtp)
    const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
    this.#transport = createTransport({ url: smtp, requireTLS: protocol === 'smtp:' && username !== '' && !isLocal })
    this.#from = from
    this.#url = url
  }

  /**
   * One message: how many, and where. It names no student: mail is read on lock screens and forwarded.
   * @throws HomeroomError NOTICE_FAILED if the server did not take it
   */
  async send({ to, alarms, account }: Digest): Promise<void> {
    const many = alarms.length === 1 ? 'One new offer of help' : `${alarms.length} new offers of help`
    const whom = alarms.length === 1 ? 'a student whom you advise' : 'students whom you advise'
    try {
      await this.#transport.sendMail({
        from: this.#from,
        to,
        subject: `${many} in Homeroom`,
        text: [
          `${many} for ${whom}: recorded activity fell well below what is usual for them.`,
          'It is a reason to ask, not a finding; some are about nothing.',
          '',
          `What changed, since when and what else is known: ${new URL('/inbox', this.#url).href}`,
          '',
          'No student is named here, because mail is not private.',
        ].join('\n'),
        // The same for the same offers: a mailbox that gets it twice can tell.
        messageId: `<${uuid5(`digest|${account}|${[...alarms].sort().join('|')}`)}@${new URL(this.#url).hostname}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    } catch (cause) {
      const { code = '', responseCode = '' } = cause as { code?: string; responseCode?: number }
      // The server's sentence may repeat the address.
      const why = [code, responseCode].filter(part => part !== '').join(' ')
      throw new HomeroomError(
        'NOTICE_FAILED',
        `the mail to account ${account} was not taken: ${why}. It is tried again with the next run`,
        { cause },
      )
    }
  }

  close(): void {
    this.#transport.close()
  }
}

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

/** One message, in plain text. */
export type Letter = {
  to: string
  /** Whose address it is, for errors: they never hold the address. */
  account: string
  subject: string
  text: string
  /** Made of what it is about: a mailbox that gets the same twice can tell. */
  about: string
  /** Address at which one press ends such mails (RFC 8058). */
  endAddress?: string
}

/** Sends mails by SMTP; close it afterwards. */
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
    await this.deliver({
      to,
      account,
      subject: `${many} in Homeroom`,
      text: [
        `${many} for ${whom}: recorded activity fell well below what is usual for them.`,
        'It is a reason to ask, not a finding; some are about nothing.',
        '',
        `What changed, since when and what else is known: ${new URL('/inbox', this.#url).href}`,
        '',
        'No student is named here, because mail is not private.',
      ].join('\n'),
      about: `digest|${account}|${[...alarms].sort().join('|')}`,
    })
  }

  /** @throws HomeroomError NOTICE_FAILED if the server did not take it */
  async deliver({ to, account, subject, text, about, endAddress }: Letter): Promise<void> {
    try {
      await this.#transport.sendMail({
        from: this.#from,
        // An object is one mailbox, whatever stands in it.
        to: { name: '', address: to },
        subject,
        text,
        // The same for the same content: a mailbox that gets it twice can tell.
        messageId: `<${uuid5(about)}@${new URL(this.#url).hostname}>`,
        headers: {
          'Auto-Submitted': 'auto-generated',
          ...(endAddress !== undefined && {
            'List-Unsubscribe': `<${endAddress}>`,
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
        },
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

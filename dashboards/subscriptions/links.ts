import type { Secrets } from '../../infra/secrets.ts'
import { endSecret } from './subscriptions.ts'

/** Address that confirms a mailbox. */
export const confirmAddressOf = (url: string, secret: string): string => new URL(`/mail/confirm/${secret}`, url).href

/** Address that ends a subscription: a page with one button, and what mailboxes press by themselves. */
export const endAddress = (url: string, secrets: Pick<Secrets, 'masterSecret'>, id: string): string =>
  new URL(`/mail/end/${endSecret(secrets, id)}`, url).href

import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Account, Accounts } from '../../infra/accounts.ts'
import type { Audit } from '../audit.ts'
import type { Sessions } from './sessions.ts'
import type { Provider } from './sign-in-provider.ts'

/** Letting people in and out: the session and its cookie. */
export class Entry {
  readonly cookie: string
  readonly #options: CookieSerializeOptions
  readonly #sessions: Sessions
  readonly #accounts: Pick<Accounts, 'find' | 'refresh'>
  readonly #audit: Audit

  constructor(
    provider: Provider | null,
    { sessions, accounts, audit }: { sessions: Sessions; accounts: Pick<Accounts, 'find' | 'refresh'>; audit: Audit },
  ) {
    this.#sessions = sessions
    this.#accounts = accounts
    this.#audit = audit
    // A browser takes __Host- from no neighbour in the domain, and never over plain HTTP.
    this.cookie = `${provider?.secure ? '__Host-' : ''}homeroom_session`
    this.#options = {
      path: '/',
      httpOnly: true,
      secure: provider?.secure ?? false,
      // Who comes from the provider, or by an address that a colleague sent, comes from elsewhere; nothing is changed by a GET.
      sameSite: provider ? 'lax' : 'strict',
    }
  }

  /**
   * Who holds a session. `unknown`: there is a cookie, and it opens nothing.
   * @param mayAsk asked before an unknown cookie is looked up in the database
   */
  async reader(request: FastifyRequest, mayAsk: () => Promise<void>): Promise<Account | 'unknown' | null> {
    const secret = request.cookies[this.cookie]
    if (secret === undefined || secret === '') return null
    let session = this.#sessions.known(secret)
    if (!session) {
      await mayAsk()
      session = await this.#sessions.find(secret)
    }
    const account = session && this.#accounts.find(session.account_id)
    if (!account || account.kind !== 'person') return 'unknown'
    return session!.opened_ms < (account.signedOutAt?.getTime() ?? 0) ? 'unknown' : account
  }

  /** An account that another process has just made or changed is known here after a refresh. */
  async account(id: string): Promise<Account | undefined> {
    await this.#accounts.refresh()
    return this.#accounts.find(id)
  }

  /** A new session always: a cookie that somebody else has put into this browser is worth nothing. */
  async open(request: FastifyRequest, reply: FastifyReply, account: Account, to = '/'): Promise<FastifyReply> {
    await this.#end(request)
    const { secret, expires } = await this.#sessions.open(account.id)
    await this.#audit.signed(request, account, 'in')
    return reply.setCookie(this.cookie, secret, { ...this.#options, expires }).redirect(to, 303)
  }

  /** The browser forgets it too. */
  async close(request: FastifyRequest, reply: FastifyReply, account: Account | null): Promise<void> {
    await this.#end(request)
    this.forget(reply)
    if (account) await this.#audit.signed(request, account, 'out')
  }

  forget(reply: FastifyReply): void {
    reply.clearCookie(this.cookie, this.#options)
  }

  async #end(request: FastifyRequest): Promise<void> {
    const secret = request.cookies[this.cookie]
    if (secret) await this.#sessions.end(secret)
  }
}

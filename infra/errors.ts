/**
 * Every error that Homeroom raises on purpose, in one list: the code, what it means for the caller (HTTP status, process
 * exit code) and what to do next. Messages say what, where, got, expected, consequence, next step.
 */
export const ERRORS = {
  RECORD_INVALID: { http: 400, next: 'correct it and send it again' },
  RECORD_CONFLICT: { http: 409, next: 'give the changed record an id of its own' },
  RECORD_FROM_FUTURE: { http: 400, next: 'update this Homeroom, then run homeroom replay' },
  RECORD_POISON: { http: 500, next: 'tell who makes Homeroom; after an update that mends it, run homeroom replay' },
  BODY_INVALID: { http: 400, next: 'correct the body and send it again' },
  QUERY_INVALID: { http: 400, next: 'correct the address and ask again' },
  REQUEST_TIMEOUT: { http: 408, next: 'send it again, faster or in smaller batches' },
  EXPECTATION_UNSUPPORTED: { http: 417, next: 'send it without the header Expect' },
  HEADERS_TOO_LARGE: { http: 431, next: 'send fewer or shorter headers, or a shorter address' },
  BODY_TOO_LARGE: { http: 413, next: 'send it in smaller batches' },
  MEDIA_TYPE_UNSUPPORTED: { http: 415, next: 'send it with a content type that this address takes' },
  VERSION_UNSUPPORTED: { http: 400, next: 'send X-Experience-API-Version: 1.0.3 or 2.0.0' },
  CALIPER_VERSION_UNSUPPORTED: { http: 422, next: 'send data of a version that GET /caliper/events lists' },
  CREDENTIALS_MISSING: { http: 401, next: 'send Basic or Bearer credentials made by homeroom user' },
  CREDENTIALS_INVALID: { http: 401, next: 'check the credentials, or make new ones with homeroom user' },
  SCOPE_DENIED: { http: 403, next: 'ask the district analyst for the scope that you need' },
  SIGN_IN_REFUSED: { http: 403, next: 'begin again at /sign-in' },
  SIGN_IN_UNAVAILABLE: {
    http: 503,
    next: 'try again in a minute; who runs Homeroom checks HOMEROOM_SIGN_IN and the way to the provider',
  },
  METHOD_NOT_ALLOWED: { http: 405, next: 'use one of the methods that Allow names' },
  NOT_FOUND: { http: 404, next: 'check the address' },
  CONDITION_MISSING: { http: 400, next: 'send If-None-Match: * to make the document, If-Match to change it' },
  DOCUMENT_EXISTS: { http: 409, next: 'read the document, then send the change with its ETag in If-Match' },
  PERSON_ERASED: { http: 403, next: 'keep nothing about this person here' },
  PRECONDITION_FAILED: { http: 412, next: 'read the document again, then send the change with its new ETag' },
  RATE_LIMITED: { http: 429, next: 'wait as long as Retry-After says' },
  INTERRUPTED: { http: 503, next: 'send it again after as many seconds as Retry-After says' },
  LOG_BEHIND: { http: 503, next: 'send it again after as many seconds as Retry-After says' },
  LOG_UNAVAILABLE: { http: 503, next: 'look at /readyz, then send it again' },
  STORE_UNAVAILABLE: { http: 503, next: 'look at the disk of HOMEROOM_DATA, then send it again' },
  KEYS_UNAVAILABLE: { http: 503, next: 'check HOMEROOM_CANVAS_KEYS and the way to it, then send it again' },
  WAREHOUSE_UNAVAILABLE: { http: 503, next: 'look at /readyz and homeroom doctor' },
  WAREHOUSE_REFUSED: { http: 500, next: 'read the reason; run homeroom doctor' },
  ENGINE_UNSUPPORTED: { http: 500, next: 'set HOMEROOM_CLICKHOUSE to the URL of a ClickHouse server' },
  ENGINE_LOCKED: { http: 500, next: 'stop the other process, or name another HOMEROOM_DATA' },
  MIGRATION_FAILED: { http: 500, next: 'read the reason, mend it, run homeroom migrate again' },
  CONFIG_INVALID: { http: 500, next: 'correct the setting and start again' },
  ARGUMENT_INVALID: { http: 400, next: 'correct the command; --help lists what it takes' },
  FILE_INVALID: { http: 400, next: 'correct the file and load it again' },
  ROW_INVALID: { http: 400, next: 'correct the row and load the file again' },
  SOURCE_UNAVAILABLE: { http: 502, next: 'pull again later; it goes on where it stopped' },
  SOURCE_REFUSED: { http: 502, next: 'correct the address or the credentials in the sources file, then pull again' },
  SOURCE_INVALID: { http: 502, next: 'tell who runs that store; the pull goes on where it stopped' },
  PDF_FAILED: {
    http: 500,
    next: 'name a working Chromium or Chrome by --chromium, then run it again; the HTML is there',
  },
  NOTICE_FAILED: { http: 502, next: 'check HOMEROOM_NOTIFY and the way there; it is tried again' },
  BACKUP_FAILED: { http: 500, next: 'mend the reason and run it again' },
  BACKUP_INVALID: { http: 400, next: 'restore from another copy of this backup, or from another backup' },
  BACKUP_KEY_WRONG: {
    http: 400,
    next: 'name the file with the key or passphrase that the backup was made with (--key)',
  },
  DATA_PRESENT: { http: 409, next: 'name an empty folder by HOMEROOM_DATA' },
  BENCH_INCOMPLETE: { http: 500, next: 'read what the suite said, mend it and measure again' },
  INTERNAL: { http: 500, next: 'look at the log; this is a fault of ours' },
} as const satisfies Record<string, { http: number; next: string }>

export type ErrorCode = keyof typeof ERRORS

/** An error with a code of the list above. `message` is the whole sentence without the code. */
export class HomeroomError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'HomeroomError'
    this.code = code
  }

  get http(): number {
    return ERRORS[this.code].http
  }

  /** `CODE: what happened. Next: what to do.` */
  sentence(): string {
    return `${this.code}: ${this.message.replace(/\.?$/, '.')} Next: ${ERRORS[this.code].next}.`
  }
}

/** The sentence of any error, for logs, dead letters and the command line. */
export function sentenceOf(error: unknown): string {
  if (error instanceof HomeroomError) return error.sentence()
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

import { createHash } from 'node:crypto'

export const BOUNDARY = '-------314159265358979323846'
export const CONTENT_TYPE = `multipart/mixed; boundary=${BOUNDARY}`

export const sha256 = (body: Buffer | string): string => createHash('sha256').update(body).digest('hex')

export type Section = { headers: Record<string, string>; body: Buffer | string }

/** A multipart body of these sections, as senders make it. */
export function multipartBody(sections: readonly Section[], boundary = BOUNDARY): Buffer {
  const chunks = sections.flatMap(({ headers, body }) => [
    Buffer.from(`--${boundary}\r\n`),
    Buffer.from(
      Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('') + '\r\n',
    ),
    Buffer.from(body),
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)])
}

export const statementsSection = (statements: unknown): Section => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(statements),
})

export const attachmentSection = (body: Buffer | string, headers: Record<string, string> = {}): Section => ({
  headers: {
    'Content-Type': 'text/plain',
    'Content-Transfer-Encoding': 'binary',
    'X-Experience-API-Hash': sha256(body),
    ...headers,
  },
  body,
})

/** The attachment object of a statement for these bytes. */
export const anAttachment = (
  body: Buffer | string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> => ({
  usageType: 'http://example.com/attachment-usage/test',
  display: { 'en-US': 'A test attachment' },
  contentType: 'text/plain',
  length: Buffer.byteLength(body),
  sha2: sha256(body),
  ...changes,
})

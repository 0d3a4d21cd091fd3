import { randomBytes } from 'node:crypto'

/**
 * Statements and the bytes of their attachments as one multipart/mixed body (RFC 2046, 5.1; xAPI 1.0.3, Communication
 * 1.5.2): first the JSON, then each part under its hash.
 * @param parts each hash once
 */
export function multipartAnswer(
  json: string,
  parts: readonly { contentType: string; sha2: string; body: Buffer }[],
): { contentType: string; body: Buffer } {
  // 144 random bits: nothing that was stored before can hold them.
  const boundary = `homeroom-${randomBytes(18).toString('hex')}`
  const chunks: Buffer[] = [Buffer.from(`--${boundary}\r\nContent-Type: application/json\r\n\r\n${json}`)]
  for (const { contentType, sha2, body } of parts) {
    const headers = [
      `Content-Type: ${contentType}`,
      'Content-Transfer-Encoding: binary',
      `X-Experience-API-Hash: ${sha2}`,
    ]
    chunks.push(Buffer.from(`\r\n--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`), body)
  }
  chunks.push(Buffer.from(`\r\n--${boundary}--\r\n`))
  return { contentType: `multipart/mixed; boundary=${boundary}`, body: Buffer.concat(chunks) }
}

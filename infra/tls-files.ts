import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Files in PEM. */
export const TlsFiles = z.strictObject({
  /** Of the authority that signed the server's certificate; not given: those that this machine trusts. */
  ca: z.string().min(1).optional(),
  /** Our own certificate and its key, where the server wants one. */
  cert: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
})
export type TlsFiles = z.infer<typeof TlsFiles>

export type TlsParts = { ca?: Buffer; cert?: Buffer; key?: Buffer }

/**
 * What the files hold. A certificate is always verified; there is no setting that leaves it out.
 * @param invalid makes the error that is thrown, naming the file and never what is in it
 */
export function readTlsFiles(files: TlsFiles, invalid: (fault: string, cause?: unknown) => Error): TlsParts {
  if ((files.cert === undefined) !== (files.key === undefined))
    throw invalid('cert and key belong together, and one of them is missing')
  const parts: TlsParts = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const path = files[part]
    if (path === undefined) continue
    try {
      parts[part] = readFileSync(path)
    } catch (cause) {
      throw invalid(`${part}: ${path} is not readable`, cause)
    }
    if (!parts[part].includes('-----BEGIN ')) throw invalid(`${part}: ${path} is no PEM`)
  }
  return parts
}

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Files in PEM; `server` is for 127.0.0.1 and localhost, signed by `ca`; `other` is an authority that signed nothing. */
export type Certificates = { ca: string; cert: string; key: string; other: string }

/** An authority of one's own and a certificate by it, made by openssl in `folder`. */
export async function certificates(folder: string): Promise<Certificates> {
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: string[]) => run('openssl', args)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  for (const name of ['ca', 'other']) {
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)]
    await openssl('req', '-x509', ...newKey, '-subj', `/CN=homeroom test ${name}`, ...files)
  }
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const files = ['-keyout', at('server.key'), '-out', at('server.pem')]
  await openssl('req', '-x509', ...newKey, '-subj', '/CN=localhost', ...signed, ...files)
  return { ca: at('ca.pem'), cert: at('server.pem'), key: at('server.key'), other: at('other.pem') }
}

import { etagOf, type Place } from '../../ingest/lrs/documents-store.ts'
import { openResources } from '../../ingest/lrs/store.ts'

/**
 * Counts a document up beside other processes, as often as it is told (`FOLDER TIMES`), and tells its parent of each count
 * as soon as it is durable.
 */
const [data = '', times = '0'] = process.argv.slice(2)
const secrets = { pseudonymKey: Buffer.alloc(32, 1), masterSecret: Buffer.alloc(32, 2) }
const resources = openResources({ data }, secrets)
const place: Place = {
  kind: 'state',
  agent: 'ab'.repeat(32),
  activity: 'https://lms.example.org/marked-activity',
  registration: null,
}
for (let done = 0; done < Number(times);) {
  const seen = resources.documents.read(place, 'count')
  const content = Buffer.from(String(Number(seen?.content.toString() ?? 0) + 1))
  let isSame = false
  await resources.documents.change(place, 'count', existing => {
    isSame = existing?.etag === seen?.etag
    return isSame ? { contentType: 'text/plain', etag: etagOf(content), updated_ms: 0, content } : existing
  })
  if (!isSame) continue
  done++
  process.send?.(Number(content.toString()))
}
await resources.close()
process.disconnect()

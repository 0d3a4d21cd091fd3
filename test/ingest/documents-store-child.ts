import { etagOf, type Place } from '../../ingest/lrs/documents-store.ts'
import { openResources } from '../../ingest/lrs/store.ts'

/** Counts a document up as often as it is told, beside other processes: `FOLDER TIMES`. */
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
  await resources.documents.change(place, 'count', existing => {
    if (existing?.etag !== seen?.etag) return existing
    done++
    return { contentType: 'text/plain', etag: etagOf(content), updated_ms: 0, content }
  })
}
await resources.close()

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { csvRows } from '../../infra/csv.ts'
import { originalText } from '../dead-letters.ts'
import { fault, type Fault } from '../faults.ts'
import type { Batch, Intake } from '../intake.ts'
import { acceptRow, buryRow, type InteractionRow } from '../interaction-rows.ts'
import { interactionOf } from '../interaction-text.ts'
import { checkCount, jsonOf, textOf } from './body.ts'
import { respond } from './caliper.ts'
import { SLICE, yieldTurn } from './pipe.ts'
import type { Receiver } from './routes.ts'
import type { RowsAnswer } from './rows.ts'

export const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl']
export const CSV = 'text/csv'
/** Characters; it stands in the dead letter of every bad row. */
const MAX_HEADER = 2048

/** Logs of meetings, check-ins, messages and work together: a JSON array, JSON lines, or CSV with a header. */
export function interactionRoutes(app: FastifyInstance, receiver: Receiver): void {
  app.post('/interactions', { config: { door: 'interactions' } }, async (request, reply) =>
    post(request, reply, receiver),
  )
}

async function post(
  request: FastifyRequest,
  reply: FastifyReply,
  { intake, pipe, counted }: Receiver,
): Promise<FastifyReply> {
  const source = request.source.id
  const { batch, answer } = await pipe.run(async () => {
    const text = textOf(request.body)
    request.body = undefined
    const rows = rowsOf(text, request.headers['content-type'] ?? '')
    return intake.filled(source, batch => acceptRows(intake, batch, rows))
  })
  await intake.store(batch)
  counted('interactions', source, answer.accepted, batch.dead.length)
  return respond(reply, answer, 'rows')
}

type Row = InteractionRow & { unreadable?: Fault }

async function acceptRows(intake: Intake, batch: Batch, rows: AsyncIterable<Row> | Iterable<Row>): Promise<RowsAnswer> {
  const answer: RowsAnswer = { accepted: 0, refused: [] }
  for await (const row of rows) {
    checkCount(row.index + 1, 'rows')
    if (row.index % SLICE === SLICE - 1) await yieldTurn()
    const faults = row.unreadable ? [row.unreadable] : acceptRow(intake, batch, row, 'interactions')
    intake.checkPeople(batch)
    if (row.unreadable) buryRow(intake, batch, row, 'interactions', faults)
    if (faults.length === 0) answer.accepted++
    answer.refused.push(...faults)
  }
  return answer
}

function rowsOf(text: string, contentType: string): AsyncIterable<Row> | Iterable<Row> {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  if (type === CSV) return csvInteractions(text)
  return NDJSON.includes(type) ? jsonLines(text) : jsonRows(jsonOf(text))
}

function* jsonRows(body: unknown): Generator<Row> {
  const rows: unknown[] = Array.isArray(body) ? body : [body]
  checkCount(rows.length, 'rows')
  for (const [index, value] of rows.entries())
    yield { index, place: `rows[${index}]`, value, original: () => originalText(value) }
}

function* jsonLines(text: string): Generator<Row> {
  let index = 0
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const row = { index, place: `rows[${index}]`, original: () => line }
    try {
      yield { ...row, value: JSON.parse(line) as unknown }
    } catch {
      // Not JSON is a fault of this row, told to the sender like any other; the neighbours are read on.
      yield {
        ...row,
        value: undefined,
        unreadable: fault(index, row.place, `a line of ${line.length} characters`, 'JSON'),
      }
    }
    index++
  }
}

async function* csvInteractions(text: string): AsyncGenerator<Row> {
  let columns: string[] | undefined
  let header = ''
  let index = 0
  for await (const row of csvRows([text])) {
    if (columns === undefined) {
      if (row.fault !== undefined)
        throw new HomeroomError('BODY_INVALID', `the header of the CSV is ${row.fault}; nothing was stored`)
      if (row.text.length > MAX_HEADER)
        throw new HomeroomError(
          'BODY_INVALID',
          `the header of the CSV has ${row.text.length} characters, expected at most ${MAX_HEADER}; nothing was stored`,
        )
      columns = row.fields
      header = row.text
      continue
    }
    const place = `rows[${index}]`
    const common = { index, place, original: () => `${header}\n${row.text}` }
    if (row.fault !== undefined)
      yield { ...common, value: undefined, unreadable: fault(index, place, row.fault, 'a CSV row') }
    else if (row.fields.length !== columns.length) {
      yield {
        ...common,
        value: undefined,
        unreadable: fault(index, place, `a row of ${row.fields.length} fields`, `${columns.length}, as the header has`),
      }
    } else yield { ...common, value: interactionOf(columns, row.fields) }
    index++
  }
}

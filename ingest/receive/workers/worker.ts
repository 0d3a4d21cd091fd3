import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { HomeroomError } from '../../../infra/errors.ts'
import { giveSpace } from '../../../infra/spaces.ts'
import type { Secrets } from '../../../infra/secrets.ts'
import { RecordMaker } from '../../record-maker.ts'
import { atOnce } from '../pipe.ts'
import { prepare, type Job } from '../prepare.ts'
import { bufferOf, handedOver, type Handed } from './bytes.ts'
import type { Reply, Setup, ToWorker } from './messages.ts'

const NICENESS = 10

// A thread that prepares requests, one after the other, with caches of its own. What is not expected of a request is a
// fault of ours and costs this request alone: others may wait on the same thread.
const port = parentPort!
// Linux gives a priority to each thread: where cores are few, the one that answers everybody goes first.
if (process.platform === 'linux') setPriority(NICENESS)
const { config, secrets, packing } = workerData as Setup
let now_ms = 0
const maker = new RecordMaker({ config, secrets: withBuffers(secrets), clock: () => now_ms })

port.on('message', (message: ToWorker) => {
  if ('forget' in message) maker.identities.forgetAll()
  else if ('spaces' in message) message.spaces.forEach(giveSpace)
  else void answer(message.seq, { ...message.job, body: bufferOf(message.job.body) })
})

async function answer(seq: number, job: Job): Promise<void> {
  now_ms = job.storedMs
  const handed: Handed = { buffers: [] }
  const outcome = await outcomeOf(job)
  if (outcome.kind === 'ready') {
    for (const message of outcome.messages) message.buffer = handedOver(message.buffer, handed)
    outcome.answer = handedOver(bufferOf(outcome.answer), handed)
    handed.buffers.push(outcome.ids.buffer as ArrayBuffer, outcome.hashes.buffer as ArrayBuffer)
  }
  const reply: Reply = { seq, outcome, fresh: maker.identities.takeFresh(), body: handedOver(job.body, handed) }
  port.postMessage(reply, handed.buffers)
}

async function outcomeOf(job: Job): Promise<Reply['outcome']> {
  try {
    return await prepare(maker, packing, atOnce, job)
  } catch (error) {
    if (error instanceof HomeroomError) return { kind: 'failed', code: error.code, message: error.message }
    const message = 'the request could not be read; nothing was stored'
    return { kind: 'failed', code: 'INTERNAL', message, cause: error }
  }
}

// Buffers come as plain bytes from another thread.
function withBuffers(sent: Secrets): Secrets {
  return {
    pseudonymKey: bufferOf(sent.pseudonymKey),
    masterSecret: bufferOf(sent.masterSecret),
    deadLetterSecret: bufferOf(sent.deadLetterSecret),
    deadLetterSince: sent.deadLetterSince,
  }
}

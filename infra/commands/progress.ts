import { SingleBar } from 'cli-progress'

export type Progress = {
  /** @param done so far, in the unit of the total; @param note what it is busy with */
  update: (done: number, note?: string) => void
  end: (note?: string) => void
}

const LINE_EVERY_MS = 2000

/**
 * Progress on stderr: a bar on a terminal, a line every two seconds elsewhere.
 *
 * @param total 0 = not known beforehand
 */
export function progress(what: string, total: number): Progress {
  return process.stderr.isTTY && total > 0 ? bar(what, total) : lines(what, total)
}

function bar(what: string, total: number): Progress {
  const drawn = new SingleBar({
    stream: process.stderr,
    format: `${what} [{bar}] {percentage}% {value}/{total} {note}`,
    hideCursor: true,
  })
  drawn.start(total, 0, { note: '' })
  return {
    update: (done, note = '') => drawn.update(done, { note }),
    end: (note = '') => {
      drawn.update(drawn.getTotal(), { note })
      drawn.stop()
    },
  }
}

function lines(what: string, total: number): Progress {
  const began = Date.now()
  let said = began
  const say = (done: number, note: string) => {
    const share = total > 0 ? ` of ${total} (${Math.floor((100 * done) / total)} %)` : ''
    process.stderr.write(
      `${what}: ${done}${share}${note ? `, ${note}` : ''}, ${Math.round((Date.now() - began) / 1000)} s\n`,
    )
  }
  let last = 0
  return {
    update: (done, note = '') => {
      last = done
      if (Date.now() - said < LINE_EVERY_MS) return
      said = Date.now()
      say(done, note)
    },
    end: (note = '') => say(last, note || 'done'),
  }
}

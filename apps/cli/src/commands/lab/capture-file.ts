import { systemReason } from '@p2pd/netif'
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { CliError } from '../../cli-error.ts'

/** A capture that is written while packets cross; it is made with the first bytes, so that a run that fails before overwrites nothing. */
export class CaptureFile {
  readonly #path: string
  readonly #onFailure: (error: CliError) => void
  #stream: WriteStream | undefined

  constructor(path: string, onFailure: (error: CliError) => void) {
    this.#path = path
    this.#onFailure = onFailure
  }

  write(bytes: Uint8Array): void {
    this.#stream ??= this.#open()
    this.#stream.write(bytes)
  }

  async close(): Promise<void> {
    if (this.#stream === undefined) return
    this.#stream.end()
    // The reason has been reported already.
    await finished(this.#stream).catch(() => {})
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#path)
    stream.on('error', (cause) => {
      const message = `${this.#path} can't be written: ${systemReason(cause)}`
      this.#onFailure(new CliError('CLI_CAPTURE', message, { cause }))
    })
    return stream
  }
}

import { execFileSync, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'

/** Why packets can't be captured here, or undefined when they can. */
export const captureMissing = canCapture() ? undefined : 'needs root and tshark'

/** A capture of the TCP payloads that cross the loopback interface. */
export interface Capture {
  /** Waits until these bytes have crossed; gives all payloads up to there. */
  until(bytes: string): Promise<Buffer>
  stop(): Promise<void>
}

/** Captures TCP to and from these ports on the loopback interface: no more, or a busy machine loses packets. */
export async function captureLoopback(ports: readonly number[]): Promise<Capture> {
  const filter = ports.map((port) => `tcp port ${port}`).join(' or ')
  const args = ['-i', 'lo', '-f', filter, '-l', '-T', 'fields', '-e', 'tcp.payload']
  const tshark = spawn('tshark', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => tshark.once('exit', resolve))
  await waitFor(tshark.stderr, 'Capture started')
  return {
    until: async (bytes) => {
      const hex = await waitFor(tshark.stdout, Buffer.from(bytes).toString('hex'))
      return Buffer.from(hex.replaceAll(/[^0-9a-f]/g, ''), 'hex')
    },
    async stop() {
      tshark.kill('SIGINT')
      await ended
    },
  }
}

/** All that a stream says, until it has said `words`. */
function waitFor(stream: Readable, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    stream.on('data', (text: Buffer) => {
      said += text.toString()
      if (said.includes(words)) resolve(said)
    })
    stream.once('end', () => reject(new Error(`tshark ended: ${said}`)))
  })
}

function canCapture(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch {
    // It is not installed.
    return false
  }
}

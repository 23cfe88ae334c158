import type { PeerPipe } from '@p2pd/node'
import { createHash } from 'node:crypto'
import { once } from 'node:events'

const CHUNK = 16_384

/** Bytes that differ at every place within a period that no frame or packet has. */
function chunkAt(offset: number, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => ((offset + i) * 31 + ((offset + i) >> 9)) & 0xff))
}

/** Sends so many bytes and then the end; resolves with their hash when all are taken. */
async function send({ stream }: PeerPipe, length: number): Promise<string> {
  const hash = createHash('sha256')
  const broken = closed(stream)
  broken.catch(() => {}) // It may close when everything is sent.
  for (let offset = 0; offset < length; offset += CHUNK) {
    const chunk = chunkAt(offset, Math.min(CHUNK, length - offset))
    hash.update(chunk)
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), broken])
  }
  stream.end()
  return hash.digest('hex')
}

function closed(stream: PeerPipe['stream']): Promise<never> {
  return new Promise((_, reject) => {
    stream.once('close', () => reject(stream.errored ?? new Error('closed')))
  })
}

/** The hash of everything that arrives before the end. */
async function receive({ stream }: PeerPipe): Promise<string> {
  const hash = createHash('sha256')
  // Otherwise the end of what arrives would end what is sent.
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

/** Sends bytes both ways at once; the hashes of what was sent and of what arrived, first to second and back. */
export async function transfer(
  [one, other]: readonly [PeerPipe, PeerPipe],
  length: number,
): Promise<{ readonly sent: readonly string[]; readonly arrived: readonly string[] }> {
  const [sent, back, arrived, arrivedBack] = await Promise.all([
    send(one, length),
    send(other, length),
    receive(other),
    receive(one),
  ])
  return { sent: [sent, back], arrived: [arrived, arrivedBack] }
}

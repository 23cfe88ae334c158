import type { PeerPipe } from '@p2pd/node'
import { createHash, randomBytes } from 'node:crypto'

const BLOCK_BYTES = 1024 * 1024

/** Sends so many random bytes; gives their hash. */
export async function sendRandom(pipe: PeerPipe, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for (let left = bytes; left > 0; left -= BLOCK_BYTES) {
    const block = randomBytes(Math.min(left, BLOCK_BYTES))
    hash.update(block)
    await pipe.send(block)
  }
  return hash.digest('hex')
}

/** Receives so many bytes; gives their hash. */
export async function receive(pipe: PeerPipe, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for (let left = bytes; left > 0; ) {
    const { data } = await pipe.recv()
    hash.update(data)
    left -= data.length
  }
  return hash.digest('hex')
}

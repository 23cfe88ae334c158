import type { PeerPipe } from '@p2pd/node'
import { createHash, randomBytes } from 'node:crypto'

/** What one direction of a transfer came to. */
export interface Transfer {
  readonly equal: boolean
  readonly mbitPerSecond: number
}

const BLOCK_BYTES = 1024 * 1024

/** Sends random bytes from one end of a pipe to the other, and compares the hashes of both ends. */
export async function transfer(from: PeerPipe, to: PeerPipe, bytes: number): Promise<Transfer> {
  const startedAt = performance.now()
  const [sent, received] = await Promise.all([sendRandom(from, bytes), receive(to, bytes)])
  const seconds = (performance.now() - startedAt) / 1000
  return { equal: sent === received, mbitPerSecond: Math.round((bytes * 8) / 1e6 / seconds) }
}

async function sendRandom(pipe: PeerPipe, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for (let left = bytes; left > 0; left -= BLOCK_BYTES) {
    const block = randomBytes(Math.min(left, BLOCK_BYTES))
    hash.update(block)
    await pipe.send(block)
  }
  return hash.digest('hex')
}

async function receive(pipe: PeerPipe, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for (let left = bytes; left > 0; ) {
    const { data } = await pipe.recv()
    hash.update(data)
    left -= data.length
  }
  return hash.digest('hex')
}

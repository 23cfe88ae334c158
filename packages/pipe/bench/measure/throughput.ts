import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Pipe } from '@p2pd/pipe'

const CHUNK = new Uint8Array(65_536)

/** Bytes a millisecond from one raw socket to another, with back-pressure. */
export async function streamRate(from: Duplex, to: Duplex, total: number): Promise<number> {
  const done = arrived(total, (count) => to.on('data', (chunk: Uint8Array) => count(chunk.length)))
  const start = performance.now()
  for (let sent = 0; sent < total; sent += CHUNK.length) {
    if (!from.write(CHUNK)) await once(from, 'drain')
  }
  await done
  return total / (performance.now() - start)
}

/** Bytes a millisecond from one pipe to another. */
export async function pipeRate(from: Pipe, to: Pipe, total: number): Promise<number> {
  const done = arrived(total, (count) => to.onMessage((data) => count(data.length)))
  const start = performance.now()
  for (let sent = 0; sent < total; sent += CHUNK.length) await from.send(CHUNK)
  await done
  return total / (performance.now() - start)
}

/** Resolves when so many bytes have been counted. */
function arrived(total: number, listen: (count: (bytes: number) => void) => unknown): Promise<void> {
  return new Promise((resolve) => {
    let got = 0
    listen((bytes) => {
      got += bytes
      if (got >= total) resolve()
    })
  })
}

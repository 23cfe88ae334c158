/** Bytes through a session on udx with TLS, as a ratio to udx with TLS alone. */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { loadUdx } from '@p2pd/udx/node'
import { carry, compare, heap, sessionPair } from '../../session/bench/measure.ts'
import { securePair } from '@p2pd/netif/testing/secure-pair'

const TOTAL = 16 * 2 ** 20
const CHUNK = new Uint8Array(64 * 1024)
const local = { ip: '127.0.0.1', port: 0 }

/** TLS 1.3 over a udx stream on loopback, as a punched UDP path has it. */
async function securedUdx(): Promise<readonly [Duplex, Duplex]> {
  const udx = await loadUdx()
  const [a, b] = await Promise.all([udx.bindUdp({ local }), udx.bindUdp({ local })])
  const token = randomBytes(16)
  return securePair(
    await Promise.all([
      udx.openStream(a, { remote: b.local, role: 'client', token }),
      udx.openStream(b, { remote: a.local, role: 'server', token }),
    ]),
  )
}

const raw = await securedUdx()
const sessions = await sessionPair(await securedUdx())
const [alice, bob] = sessions

await compare('bytes over udx with TLS, with a session', 0.95, {
  raw: () => carry(raw, TOTAL, CHUNK),
  ours: () => carry([alice.pipe, bob.pipe], TOTAL, CHUNK),
})

for (const session of sessions) session.abort(1)
for (const stream of raw) stream.destroy()
heap.length = 0

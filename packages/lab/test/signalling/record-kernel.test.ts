import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { KernelInternet, TcpPacket } from '@p2pd/lab'
import { describeKernel, sharedLab } from '../kernel/lab.ts'
import { startMosquitto } from './mosquitto.ts'

const PROGRAM = fileURLToPath(new URL('record-program.ts', import.meta.url))
const NODE_ARGUMENTS = ['--import', 'tsx', '--conditions=@p2pd/source', PROGRAM]
/** A packet crosses the lines of both hosts: a round trip takes 200 ms. */
const DELAY_MS = 50
/** A record is longer, and every other answer of the broker is shorter. */
const RECORD_BYTES = 500

/**
 * Watches the line of the broker. For each connection on which a record leaves: the bytes before it that the caller had not
 * acknowledged by then. Nagle's algorithm holds a record until there are none, which costs a round trip. RFC 9293 §3.7.4.
 */
function watchRecords(net: KernelInternet): ReadonlyMap<number, number> {
  const acknowledged = new Map<number, number>()
  const unacknowledged = new Map<number, number>()
  net.tap(({ link, direction, packet }) => {
    if (link !== 'broker/eth0' || packet.protocol !== 'tcp') return
    const tcp: TcpPacket = packet
    if (direction === 'down') acknowledged.set(tcp.source.port, tcp.acknowledgement)
    const caller = tcp.destination.port
    const isRecord = direction === 'up' && tcp.payload.length >= RECORD_BYTES
    if (isRecord && !unacknowledged.has(caller))
      unacknowledged.set(caller, (tcp.sequence - (acknowledged.get(caller) ?? 0)) >>> 0)
  })
  return unacknowledged
}

describeKernel('records on Mosquitto through real kernels', () => {
  const hosts = ['broker', 'caller'].map((name) => ({ name, link: { delayMs: DELAY_MS } }))
  const lab = sharedLab({ scenario: { hosts, boxes: [] } })

  test('I1: fault 4: the record of each fresh caller leaves Mosquitto before anything sent to it is acknowledged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'p2pd-record-'))
    try {
      const net = await lab()
      const url = await startMosquitto(net.host('broker'), folder)
      const records = watchRecords(net)
      const { stdout, stderr } = await net.host('caller').exec(process.execPath, [...NODE_ARGUMENTS, url])
      const held = [...records.values()].filter((bytes) => bytes === 0)
      expect([stdout, held, stderr]).toEqual([expect.stringMatching(/^\d+\n$/), [], ''])
      expect(records.size).toBeGreaterThanOrEqual(Number(stdout))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}, ['mosquitto'])

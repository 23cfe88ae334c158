import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { VirtualInternet } from './virtual/virtual-internet.ts'
import { pcapHeader, pcapRecord } from './pcap.ts'

/** The packets of a small exchange, as a capture file. */
async function capture(): Promise<Uint8Array> {
  const net = new VirtualInternet({ seed: 1 })
  const [alice, bob] = [net.host({ families: ['IPv4', 'IPv6'] }), net.host({ families: ['IPv4', 'IPv6'] })]
  const parts = [pcapHeader()]
  net.tap(({ packet, at, direction }) => {
    if (direction === 'up') parts.push(pcapRecord(packet, at))
  })
  await net.run(async () => {
    for (const [index, local] of [bob.ip, bob.addresses[1] as string].entries()) {
      const listener = await bob.network.listenTcp({ local: { ip: local, port: 8000 } })
      listener.onConnection(({ stream }) => stream.pipe(stream))
      const { stream } = await alice.network.dial({ remote: listener.local })
      stream.end('hello')
      for await (const _ of stream);
      const heard = await bob.network.bindUdp({ local: { ip: local, port: 0 } })
      const socket = await alice.network.bindUdp({
        local: { ip: alice.addresses[index] as string, port: 41_234 },
      })
      socket.send(new Uint8Array(7), heard.local)
      await alice.ping(local)
    }
  })
  await net.advance(100)
  return Buffer.concat(parts)
}

const hasTshark = spawnSync('tshark', ['--version']).status === 0
const testWithTshark = hasTshark ? test : test.skip

test('a capture begins with the file header and a record', async () => {
  const bytes = await capture()
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  expect([view.getUint32(0, true), view.getUint32(20, true)]).toEqual([0xa1b2c3d4, 101])
  expect(view.getUint32(32, true)).toBe(view.getUint32(36, true))
})

testWithTshark('tshark reads every packet and finds the checksums right [needs tshark]', async () => {
  const checks = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`])
  const fields = ['-T', 'fields', '-e', '_ws.col.Protocol', '-e', '_ws.expert.message', '-e', 'udp.length']
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-pcap-'))
  const file = join(folder, 'lab.pcap')
  writeFileSync(file, await capture())
  const { stdout, stderr, status } = spawnSync('tshark', ['-r', file, ...checks, ...fields])
  rmSync(folder, { recursive: true })
  const lines = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
  expect({ status, stderr: String(stderr) }).toMatchObject({ status: 0 })
  expect(new Set(lines.map(([protocol]) => protocol))).toEqual(new Set(['TCP', 'UDP', 'ICMP', 'ICMPv6']))
  const problems = lines
    .map(([, message]) => message)
    .filter((message) => /checksum|malformed|bad/i.test(message ?? ''))
  expect(problems).toEqual([])
})

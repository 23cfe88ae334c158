import { expect, test } from '@jest/globals'
import { Dice } from '@p2pd/netif/testing'
import { FUZZ_RUNS, FUZZ_SEED, mutate, randomBytesOf } from '@p2pd/turn/testing'
import { DtlsClient } from '../testdata/dtls-client.ts'
import { DtlsStage } from '../testdata/dtls-stage.ts'
import { decodeClientHello } from './client-hello.ts'
import { decodeRecords } from './dtls-record.ts'
import { decodeHandshakes } from './handshake-message.ts'

const SOURCES = 20

/** Alters a datagram. In most cases the length of its first record is corrected afterwards. */
function altered(datagram: Uint8Array, dice: Dice): Uint8Array {
  const bytes = mutate(datagram, dice)
  if (bytes.length < 13 || dice.chance(0.3)) return bytes
  bytes[11] = ((bytes.length - 13) >> 8) & 0xff
  bytes[12] = (bytes.length - 13) & 0xff
  return bytes
}

test(`F3: ${FUZZ_RUNS} mutated datagrams of DTLS clients: no crash, bounded answers, associations and timers`, async () => {
  const stage = new DtlsStage()
  const dice = new Dice(FUZZ_SEED)
  const clients = Array.from({ length: SOURCES }, (_, i) => new DtlsClient(new Uint8Array(32).fill(i)))
  const heapBefore = process.memoryUsage().heapUsed
  let [answered, established] = [0, 0]
  for (let run = 1; run <= FUZZ_RUNS; run++) {
    const number = dice.below(SOURCES)
    const client = clients[number] as DtlsClient
    const source = { ip: '203.0.113.5', port: 5000 + number }
    const datagram = dice.chance(0.95) ? nextOf(client, dice) : Uint8Array.of(22, ...randomBytesOf(dice, 99))
    stage.peers.length = 0 // Else the stage keeps every association.
    const answers = stage.answers(dice.chance(0.4) ? altered(datagram, dice) : datagram, source)
    answered += answers.length
    for (const answer of answers) client.receive(answer)
    if (client.isEstablished) established++
    const isOver = client.isEstablished || client.isEnded || client.flight.length > 1
    if (isOver && dice.chance(0.1)) clients[number] = new DtlsClient(randomOf(dice))
    if (dice.chance(0.001)) await stage.clock.advance(dice.below(40_000))
    // Plain conditions: a million calls of expect take minutes.
    if (stage.server.size > SOURCES || stage.clock.pending > SOURCES || answers.length > 8)
      throw new Error(`run ${run}: ${stage.server.size} associations, ${answers.length} answers`)
  }
  expect(answered).toBeGreaterThan(FUZZ_RUNS / 8)
  expect(established).toBeGreaterThan(FUZZ_RUNS / 100)
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(256 * 1024 * 1024)
  await stage.clock.advance(4_000_000)
  expect([stage.server.size, stage.clock.pending]).toEqual([0, 0])
}, 1_000_000)

/** A datagram that a client may send in its state. */
function nextOf(client: DtlsClient, dice: Dice): Uint8Array {
  const sent = dice.pick(client.flight)
  if (sent === undefined) return client.hello()
  if (!client.isEstablished) return sent
  return dice.pick([sent, client.seal('data'), client.seal('more'), client.closeNotify()]) ?? sent
}

function randomOf(dice: Dice): Uint8Array {
  return Uint8Array.from({ length: 32 }, () => dice.below(256))
}

test('decoders take any bytes', () => {
  const dice = new Dice(FUZZ_SEED)
  const hello = new DtlsClient(new Uint8Array(32)).hello()
  for (let run = 0; run < FUZZ_RUNS; run++) {
    const bytes = dice.chance(0.5) ? randomBytesOf(dice, 120) : altered(hello, dice)
    for (const { fragment } of decodeRecords(bytes)) {
      for (const { body } of decodeHandshakes(fragment)) decodeClientHello(body)
    }
    decodeClientHello(bytes)
  }
  expect(decodeRecords(hello)).toHaveLength(1)
}, 1_000_000)

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Dice } from '@p2pd/netif/testing'
import { AttributeType, encodeErrorCode, MessageClass } from '@p2pd/stun'
import { encodeChannelData, encodeDataIndication, TurnError, TurnFramer } from '@p2pd/turn'
import { FUZZ_RUNS, FUZZ_SEED, mutate, randomBytesOf } from '../testdata/mutate.ts'
import { PEER, RELAYED, ScriptedClient } from '../testdata/scripted-server.ts'

// Most of the time would go into stack traces that nobody reads.
const { stackTraceLimit } = Error
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

const hello = new TextEncoder().encode('hello')
const TYPES = Object.values(AttributeType)
/** One packet causes so few outputs, whatever is in it: renewals of all peers come by the clock. */
const MAX_OUTPUTS = 12

/** A client with an allocation, a channel, a permission and a request under way. */
function clientInUse(): ScriptedClient {
  const client = new ScriptedClient({ relay: 'udp' })
  client.allocate()
  client.perform(client.machine.permit('198.51.100.7', 0))
  client.takePackets()
  client.succeed()
  client.perform(client.machine.send(hello, PEER, 0))
  client.takePackets()
  return client
}

/** A packet of a server that lies: bytes altered on the way, or attributes at random with a good signature. */
function packetOf(client: ScriptedClient, dice: Dice): Uint8Array {
  const some = [
    () => encodeDataIndication(new Uint8Array(12), PEER, hello),
    () => encodeChannelData({ channel: 0x4000, data: randomBytesOf(dice, 64) }, dice.chance(0.5)),
    () => client.encode(MessageClass.SuccessResponse, [], true),
    () => client.encode(MessageClass.ErrorResponse, [errorCode(dice)], dice.chance(0.5)),
    () => randomBytesOf(dice, 200),
  ]
  if (dice.chance(0.6)) return mutate((dice.pick(some) as () => Uint8Array)(), dice)
  const attributes = Array.from({ length: dice.below(6) }, () => ({
    type: dice.chance(0.9) ? (dice.pick(TYPES) as number) : dice.below(0x10000),
    value: randomBytesOf(dice, dice.chance(0.5) ? 8 : 24),
  }))
  const isError = dice.chance(0.3)
  const messageClass = isError ? MessageClass.ErrorResponse : MessageClass.SuccessResponse
  return client.encode(messageClass, isError ? [errorCode(dice), ...attributes] : attributes, true)
}

function errorCode(dice: Dice) {
  const code =
    dice.pick([300, 400, 401, 403, 420, 437, 438, 440, 441, 442, 443, 446, 447, 486, 500, 508]) ?? 400
  return { type: AttributeType.ErrorCode, value: encodeErrorCode({ code, reason: 'no' }) }
}

test(`F3: ${FUZZ_RUNS} mutated packets of a server: no error, few outputs, an end with a TurnError`, () => {
  const dice = new Dice(FUZZ_SEED)
  const heapBefore = process.memoryUsage().heapUsed
  let client = clientInUse()
  let ends = 0
  for (let run = 0; run < FUZZ_RUNS; run++) {
    const before = client.reports.length
    const outputs = client.machine.receive(packetOf(client, dice), client.now)
    // Plain conditions: a million calls of expect take minutes.
    if (outputs.length > MAX_OUTPUTS) throw new Error(`run ${run}: ${outputs.length} outputs`)
    client.perform(outputs)
    if (dice.chance(0.02))
      client.perform(client.machine.send(hello, { ...PEER, port: 1 + dice.below(60_000) }, client.now))
    if (dice.chance(0.02)) client.advanceTo(client.now + dice.below(30_000))
    client.takePackets()
    const ended = client.reports.slice(before).find(({ type }) => type === 'ended')
    client.reports.length = 0
    if (ended === undefined) continue
    ends++
    expect((ended as { error?: unknown }).error).toBeInstanceOf(TurnError)
    client = clientInUse()
  }
  expect(ends).toBeGreaterThan(0)
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(256 * 1024 * 1024)
}, 1_000_000)

const ALLOCATES = FUZZ_RUNS / 4

test(`F3: ${ALLOCATES} mutated answers to an Allocate: an allocation or a TurnError, the address is usable`, () => {
  const dice = new Dice(FUZZ_SEED + 1)
  let allocated = 0
  for (let run = 0; run < ALLOCATES; run++) {
    const client = new ScriptedClient({ families: dice.pick(['IPv4', 'IPv6', 'both'] as const) ?? 'IPv4' })
    client.begin()
    client.takePackets()
    client.challenge('nonce', dice.pick([401, 438]), [])
    client.takePackets()
    if (dice.chance(0.1)) client.grantAllocation(dice.below(2 ** 32), [RELAYED])
    else client.perform(client.machine.receive(packetOf(client, dice), 0))
    for (const report of client.reports) {
      const isGood =
        report.type === 'allocated'
          ? report.allocated.relayed.every(({ port }) => port > 0)
          : report.type !== 'ended' || report.error instanceof TurnError
      if (!isGood) throw new Error(`run ${run}: ${JSON.stringify(report)}`)
      if (report.type === 'allocated') allocated++
    }
  }
  expect(allocated).toBeGreaterThan(0)
}, 1_000_000)

test(`F3: ${FUZZ_RUNS} mutated pieces of a stream: frames or a TurnError, at most one frame held back`, () => {
  const dice = new Dice(FUZZ_SEED + 2)
  const frame = encodeChannelData({ channel: 0x4001, data: new Uint8Array(50) }, true)
  let framer = new TurnFramer(2048)
  for (let run = 0; run < FUZZ_RUNS; run++) {
    const chunk = dice.chance(0.5) ? mutate(frame, dice) : randomBytesOf(dice, 100)
    try {
      if (framer.decode(chunk).some(({ length }) => length > 2048)) throw new Error('a frame over the limit')
    } catch (error) {
      if (!(error instanceof TurnError)) throw error
      framer = new TurnFramer(2048)
    }
  }
  expect(new TurnFramer(2048).decode(frame)).toEqual([frame])
}, 1_000_000)

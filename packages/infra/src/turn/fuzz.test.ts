import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Network, UdpSocket } from '@p2pd/netif'
import { Dice, ManualClock, settle } from '@p2pd/netif/testing'
import {
  type Attribute,
  AttributeType,
  appendMessageIntegrity,
  decodeMessage,
  encodeMessage,
  encodeText,
  encodeXorMappedAddress,
  findAttribute,
  MessageClass,
  Method,
} from '@p2pd/stun'
import { hmacSha1, longTermKey } from '@p2pd/stun/node'
import {
  encodeChannelData,
  encodeChannelNumber,
  encodeEvenPort,
  encodeLifetime,
  encodeRequestedTransport,
  encodeSendIndication,
} from '@p2pd/turn'
import { FUZZ_RUNS, FUZZ_SEED, mutate, randomBytesOf } from '@p2pd/turn/testing'
import { newTurnServer } from './start-turn.ts'
import type { TurnClient } from './turn-client.ts'
import type { TurnServer } from './turn-server.ts'

const LIMITS = { allocations: 20, perUser: 20 }
const CLIENTS = 40
/** Beside the allocations: ports that are reserved for a token. */
const MAX_RESERVED = 100
/** While an even port is searched for, up to 30 are open. */
const MAX_PORTS = LIMITS.allocations + MAX_RESERVED + 60
const TYPES = Object.values(AttributeType)
const METHODS = [Method.Allocate, Method.Refresh, Method.CreatePermission, Method.ChannelBind, Method.Connect]
const ALL_METHODS = [...METHODS, Method.ConnectionBind, Method.Send, 0x7ff]
const KEY = longTermKey({ username: 'u', realm: 'r', password: 'p' }, 'MD5')
const local = { ip: '192.0.2.1', port: 3478 }
const peer = { ip: '198.51.100.7', port: 4000 }

/** Sockets that lead nowhere, counted. */
class NoNetwork implements Pick<Network, 'bindUdp' | 'listenTcp' | 'dial'> {
  open = 0
  #port = 49_152

  bindUdp({ local: { ip, port } }: Parameters<Network['bindUdp']>[0]): Promise<UdpSocket> {
    this.#port = 49_152 + ((this.#port + 1) % 16_000)
    return Promise.resolve({
      local: { ip, port: port === 0 ? this.#port : port },
      send: () => {},
      onMessage: () => () => {},
      ...this.#counted(),
    })
  }

  listenTcp({ local: { ip } }: Parameters<Network['listenTcp']>[0]): ReturnType<Network['listenTcp']> {
    const { close } = this.#counted()
    const closed = () => Promise.resolve(close())
    return Promise.resolve({ local: { ip, port: ++this.#port }, onConnection: () => () => {}, close: closed })
  }

  dial(): Promise<never> {
    return Promise.reject(new Error('refused'))
  }

  #counted(): { close: () => void } {
    this.open++
    let isOpen = true
    return {
      close: () => {
        if (isOpen) this.open--
        isOpen = false
      },
    }
  }
}

/** A server and its clients, one user of which sends what it likes. */
class Stage {
  readonly clock = new ManualClock()
  readonly network = new NoNetwork()
  readonly dice: Dice
  readonly server: TurnServer
  answers = 0
  largest = 0
  #nonce = 'none'

  constructor(seed: number) {
    this.dice = new Dice(seed)
    const random = (length: number) => Uint8Array.from({ length }, () => this.dice.below(256))
    const host = { network: this.network, clock: this.clock, random, locals: [local], ips: [local.ip] }
    this.server = newTurnServer({ users: { u: 'p' }, realm: 'r', limits: LIMITS }, host)
  }

  client(index: number): TurnClient {
    const transport = index % 2 === 0 ? 'udp' : 'tcp'
    const send = (packet: Uint8Array) => {
      this.answers++
      this.largest = Math.max(this.largest, packet.length)
      const nonce = findAttribute(decodeMessage(packet), AttributeType.Nonce)
      if (nonce) this.#nonce = new TextDecoder().decode(nonce)
    }
    return { transport, source: { ip: '203.0.113.5', port: 1000 + index }, local, key: `${index}`, send }
  }

  /** A signed request with these attributes, as a user of the server can make it. */
  signed(method: number, attributes: readonly Attribute[]): Uint8Array {
    const text = (type: number, value: string) => ({ type, value: encodeText(type, value) })
    const own = [text(AttributeType.Username, 'u'), text(AttributeType.Realm, 'r')]
    const all = [...attributes, ...own, text(AttributeType.Nonce, this.#nonce)]
    const transactionId = Uint8Array.from({ length: 12 }, () => this.dice.below(256))
    const bytes = encodeMessage({ class: MessageClass.Request, method, transactionId, attributes: all })
    return appendMessageIntegrity(bytes, KEY, hmacSha1)
  }

  packet(): Uint8Array {
    const { dice } = this
    const sound = () => this.signed(dice.pick(METHODS) ?? 3, this.#soundAttributes())
    if (dice.chance(0.3)) return sound()
    if (dice.chance(0.4)) return mutate(dice.chance(0.7) ? sound() : this.#unsigned(), dice)
    if (dice.chance(0.1)) return randomBytesOf(dice, 300)
    const attributes = Array.from({ length: dice.below(5) }, () => ({
      type: dice.chance(0.9) ? (dice.pick(TYPES) as number) : dice.below(0x10000),
      value: randomBytesOf(dice, dice.chance(0.7) ? 8 : 40),
    }))
    const more = dice.chance(0.5) ? this.#soundAttributes() : []
    return this.signed(dice.pick(ALL_METHODS) ?? 3, [...more, ...attributes])
  }

  #unsigned(): Uint8Array {
    const { dice } = this
    if (dice.chance(0.5)) return encodeSendIndication(new Uint8Array(12), peer, randomBytesOf(dice, 50))
    return encodeChannelData({ channel: 0x4000 + dice.below(0x4000), data: randomBytesOf(dice, 50) }, true)
  }

  /** Attributes with good values, of any method. */
  #soundAttributes(): Attribute[] {
    const { dice } = this
    const id = new Uint8Array(12)
    const ip = `198.51.${dice.below(256)}.${dice.below(256)}`
    const all: Attribute[] = [
      { type: AttributeType.RequestedTransport, value: encodeRequestedTransport(dice.chance(0.8) ? 17 : 6) },
      { type: AttributeType.Lifetime, value: encodeLifetime(dice.chance(0.3) ? 0 : dice.below(2 ** 32)) },
      { type: AttributeType.EvenPort, value: encodeEvenPort(true) },
      {
        type: AttributeType.XorPeerAddress,
        value: encodeXorMappedAddress({ ip, port: 1 + dice.below(60_000) }, id),
      },
      { type: AttributeType.ChannelNumber, value: encodeChannelNumber(0x4000 + dice.below(0x4000)) },
    ]
    return all.filter(() => dice.chance(0.6))
  }
}

// Most of the time would go into stack traces that nobody reads.
const { stackTraceLimit } = Error
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

test(`F3: ${FUZZ_RUNS} mutated packets of clients: no crash, one answer at most, ports and timers within the limits`, async () => {
  const stage = new Stage(FUZZ_SEED)
  const { dice, server, network, clock } = stage
  const heapBefore = process.memoryUsage().heapUsed
  for (let run = 1; run <= FUZZ_RUNS; run++) {
    const client = stage.client(dice.below(CLIENTS))
    server.receive(client, stage.packet())
    if (run % 8 === 0) await settle()
    if (dice.chance(0.001)) server.disconnected(client)
    if (dice.chance(0.001)) await clock.advance(dice.below(100_000))
    // Plain conditions: a million calls of expect take minutes.
    const isBounded = network.open <= MAX_PORTS && clock.pending <= LIMITS.allocations + MAX_RESERVED
    if (stage.answers > run || !isBounded)
      throw new Error(`run ${run}: ${network.open} ports, ${clock.pending} timers`)
  }
  await settle()
  expect(stage.largest).toBeLessThan(1024)
  expect(stage.answers).toBeGreaterThan(FUZZ_RUNS / 4)
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(256 * 1024 * 1024)
  await clock.advance(4_000_000)
  expect([network.open, clock.pending]).toEqual([0, 0])
}, 1_000_000)

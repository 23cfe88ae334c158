import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { AcquiredSides } from '../gathering/acquired-sides.ts'
import type { StrategyName } from '../report/report.ts'
import type { Answer } from '../signalling/exchange.ts'
import type { Message } from '../signalling/message.ts'
import { PeerKnowledge } from '../strategies/peer-knowledge.ts'
import { sideDescription } from '../testdata/side-description.ts'
import { CallOfferer, type OfferTerms } from './offerer.ts'

const ALL = ['direct', 'reverse', 'tcp-punch', 'udp-punch'] as const

function sideOf(protocol: 'udp' | 'tcp'): PreparedSide {
  const side = { ...sideDescription.side, locals: [{ ip: '192.168.1.5', port: 40_000 }] }
  return {
    protocol,
    family: 'IPv4',
    side,
    sockets: [],
    base: { ip: '192.168.1.5' },
  } as unknown as PreparedSide
}

/** The offers of one call, whose sides become ready when the test says so. */
function offersOf(strategies: readonly StrategyName[] = ALL) {
  const clock = new ManualClock()
  const over = new AbortController()
  const offers: Omit<Message, 'type' | 'times'>[] = []
  const released: PreparedSide[] = []

  const pending = () => {
    let resolve!: (sides: AcquiredSides) => void
    const promise = new Promise<AcquiredSides>((settle) => (resolve = settle))
    return { promise, resolve }
  }
  const [udp, tcp] = [pending(), pending()]
  const ready = { udp: udp.resolve, tcp: tcp.resolve }
  const promises = { udp: udp.promise, tcp: tcp.promise }
  const node = {
    runtime: { clock, random: (length: number) => new Uint8Array(length).fill(offers.length) },
    candidates: () => [],
    punchSides: {
      acquire: ({ protocols }: { protocols: readonly ('udp' | 'tcp')[] }) =>
        new Map(protocols.map((protocol) => [protocol, promises[protocol]])),
      release: (side: PreparedSide) => void released.push(side),
    },
  }
  const exchange = {
    sendable: async () => {},
    fetchRecord: () => Promise.resolve(undefined),
    offer: (_: Uint8Array, offer: Omit<Message, 'type' | 'times'>) => {
      offers.push(offer)
      return new Promise<Answer>(() => {})
    },
  }
  const terms = { node, peer: new Uint8Array(32), connectionId: new Uint8Array(16), strategies, paths: {} }
  const knowledge = new PeerKnowledge([])
  const offerer = new CallOfferer(exchange, terms as unknown as OfferTerms, knowledge, over.signal)
  void offerer.start().catch(() => {})
  const made = () => offers.map((offer) => ({ by: offer.strategies, sides: offer.punch?.sides.length ?? 0 }))
  return { clock, ready, made, offers, released, knowledge, offerer, over }
}

test('sides that are ready together go into one offer', async () => {
  const { clock, ready, made } = offersOf()
  ready.tcp({ sides: [sideOf('tcp')] })
  ready.udp({ sides: [sideOf('udp')] })
  await clock.advance(0)
  expect(made()).toEqual([{ by: ALL, sides: 2 }])
  expect(clock.pending).toBe(0)
})

test('a side that takes a trip to a STUN server delays no other, and is offered when it is ready', async () => {
  const { clock, ready, made, offers } = offersOf()
  ready.udp({ sides: [sideOf('udp')] })
  await clock.advance(0)
  expect(made()).toEqual([{ by: ['direct', 'reverse', 'udp-punch'], sides: 1 }])
  ready.tcp({ sides: [sideOf('tcp')] })
  await clock.advance(0)
  expect(made().slice(1)).toEqual([{ by: ['tcp-punch'], sides: 1 }])
  expect(new Set(offers.map(({ punch }) => punch?.token.join())).size).toBe(2)
})

test('a late side waits while a punch between two known mappings is under way', async () => {
  const { clock, ready, made, knowledge } = offersOf()
  ready.udp({ sides: [sideOf('udp')] })
  await clock.advance(0)
  knowledge.learnRecord({ candidates: [], sides: [{ ...sideDescription, protocol: 'udp' }] })
  ready.tcp({ sides: [sideOf('tcp')] })
  await clock.advance(200)
  expect(made()).toHaveLength(1)
  await clock.advance(300)
  expect(made().slice(1)).toEqual([{ by: ['tcp-punch'], sides: 1 }])
  expect(clock.pending).toBe(0)
})

test('a late side that waits when the call is over is not offered', async () => {
  const { clock, ready, made, knowledge, offerer, over } = offersOf()
  ready.udp({ sides: [sideOf('udp')] })
  await clock.advance(0)
  knowledge.learnRecord({ candidates: [], sides: [{ ...sideDescription, protocol: 'udp' }] })
  ready.tcp({ sides: [sideOf('tcp')] })
  await clock.advance(10)
  over.abort(new Error('the call is over'))
  offerer.close()
  await clock.advance(1000)
  expect([made().length, clock.pending]).toEqual([1, 0])
})

test('plain connections are offered after 25 ms, punches alone when the first of them can begin', async () => {
  const plain = offersOf()
  await plain.clock.advance(24)
  expect(plain.made()).toEqual([])
  await plain.clock.advance(1)
  expect(plain.made()).toEqual([{ by: ['direct', 'reverse'], sides: 0 }])
  const punches = offersOf(['tcp-punch', 'udp-punch'])
  await punches.clock.advance(1000)
  expect(punches.made()).toEqual([])
  punches.ready.tcp({ sides: [sideOf('tcp')] })
  await punches.clock.advance(0)
  expect(punches.made()).toEqual([{ by: ['tcp-punch'], sides: 1 }])
})

test('a protocol without a side is not offered, and the strategy learns why', async () => {
  const { clock, ready, made, knowledge } = offersOf()
  ready.udp({ sides: [sideOf('udp')] })
  await clock.advance(0)
  ready.tcp({ sides: [], fault: 'no STUN server answers' })
  await clock.advance(0)
  expect(made()).toHaveLength(1)
  const late = knowledge.checklists.find(({ offer }) => offer.strategies.includes('tcp-punch'))
  expect(late).toMatchObject({ pairs: [], isAnswered: true })
  expect(late?.offer.faults?.get('tcp')).toBe('no STUN server answers')
})

test('a side that comes when the call is over is given back, and nothing is offered', async () => {
  const { clock, ready, made, released, offerer, over } = offersOf()
  ready.udp({ sides: [sideOf('udp')] })
  await clock.advance(0)
  over.abort(new Error('the call is over'))
  offerer.close()
  ready.tcp({ sides: [sideOf('tcp')] })
  await clock.advance(0)
  expect(released.map(({ protocol }) => protocol)).toEqual(['udp', 'tcp'])
  expect(made()).toHaveLength(1)
})

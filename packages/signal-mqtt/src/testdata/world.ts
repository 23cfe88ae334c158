import { connectMemory, type MemoryBroker } from '../brokers/memory-broker.ts'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import { createSignal, type Signal, type SignalOptions } from '../signal.ts'
import { ManualClock } from '@p2pd/netif/testing'
import { alice, bob, carol, seededRandom, textOf } from './peers.ts'

export const A = 'mqtt://a.example:1883'
export const B = 'mqtt://b.example:1883'

/** Brokers and a clock, for signals of one test. */
export interface World {
  readonly clock: ManualClock
  readonly brokers: ReadonlyMap<string, MemoryBroker>
  open(identity: SignalOptions['identity'], options?: Partial<SignalOptions>): Signal
}

/** A world of in-memory brokers by their URLs. */
export function world(
  brokers: readonly (readonly [string, MemoryBroker])[],
  clock = new ManualClock(),
): World {
  const map = new Map(brokers)
  const runtime = { clock, wallClock: () => 1_700_000_000_000 + clock.now(), random: seededRandom(3) }
  const common = { crypto: nodeCrypto, runtime, connect: connectMemory(map), brokers: [...map.keys()] }
  return {
    clock,
    brokers: map,
    open: (identity, options) => createSignal({ ...common, identity, ...options }),
  }
}

/** Collects what arrives as `alice: text`. */
export function listen(signal: Signal): string[] {
  const names = new Map(
    [alice, bob, carol].map((peer, i) => [textOf(peer.publicKey), ['alice', 'bob', 'carol'][i]]),
  )
  const texts: string[] = []
  signal.onMessage((from, body) => texts.push(`${names.get(textOf(from))}: ${textOf(body)}`))
  return texts
}


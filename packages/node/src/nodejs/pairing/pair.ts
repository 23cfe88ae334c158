import { systemClock, systemRandom } from '@p2pd/netif/node'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { NodeError } from '../../node-error.ts'
import { drawCode, formatCode, parseCode } from '../../pairing/code.ts'
import { GuessingSide } from '../../pairing/guessing-side.ts'
import type { Introduction } from '../../pairing/introduction.ts'
import { runPairing } from '../../pairing/run-pairing.ts'
import { WaitingSide } from '../../pairing/waiting-side.ts'
import { chachaSealing } from './sealing.ts'
import { PairingBrokers } from './pairing-brokers.ts'

/** How two programs pair. */
export interface PairOptions {
  /** URLs of the brokers: both sides need one in common. */
  readonly brokers: readonly string[]
  /** The own node id, for the other side. */
  readonly id: string
  /** The name by which this side introduces itself. @default the name of the host */
  readonly name?: string | undefined
  /** The service that this side offers, or wants to use. @default none: the two sides become contacts */
  readonly purpose?: string | undefined
  /** The code of the other side. @default this side makes one, and waits */
  readonly code?: string | undefined
  /** Called with the code when the other side may use it. */
  readonly onCode?: ((code: string) => void) | undefined
  /** Called when the other side has guessed wrong, with the number of guesses that are left. */
  readonly onWrong?: ((left: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A pairing that has succeeded. */
export interface Paired {
  /** The introduction of the other side. Its name is not escaped for a terminal. */
  readonly peer: Introduction
  /** Resolves when the brokers are closed: a lost last message is sent again until then. */
  readonly ended: Promise<void>
}

/** Numbers that are drawn before so many that are in use look like an attack. */
const DRAWS = 5
/** A guessing side without an answer asks again after 1 s. */
const LINGER_MS = 2000

/**
 * Pairs with another program that has the same code: each learns the node id of the other, and nobody else does. Fails with
 * `NODE_BAD_CODE` for a typing error, before a guess is spent, with `NODE_CODE_WRONG`, `NODE_CODE_OVER`, `NODE_NO_ANSWER`,
 * `NODE_NO_BROKER` or `NODE_ABORTED`. Without a code it is `NODE_CODE_TAKEN` when five drawn numbers are in use. draft-irtf-cfrg-cpace.
 */
export async function pair(options: PairOptions): Promise<Paired> {
  if (options.code !== undefined) return pairBy(options, options.code)
  for (let draw = 1; ; draw++) {
    try {
      return await pairBy(options, undefined)
    } catch (error) {
      if (draw === DRAWS || !(error instanceof NodeError) || error.code !== 'NODE_CODE_TAKEN') throw error
    }
  }
}

async function pairBy(options: PairOptions, text: string | undefined): Promise<Paired> {
  const { id, name = hostname(), purpose = '', brokers, signal, onCode, onWrong } = options
  const code = text === undefined ? drawCode(systemRandom) : parseCode(text)
  const introduction = { id, name, purpose }
  const side = { code, introduction, random: systemRandom, sealing: chachaSealing }
  const machine = text === undefined ? new WaitingSide(side) : new GuessingSide(side)
  const broker = new PairingBrokers(brokers, code.number)
  const over = new AbortController()
  const ending = signal ? AbortSignal.any([signal, over.signal]) : over.signal
  const onReady = () => onCode?.(formatCode(code))
  try {
    const run = { broker, clock: systemClock, signal: ending, onReady, onWrong }
    const peer = await runPairing(machine, run)
    const ended = lingerFor(text === undefined ? LINGER_MS : 0, signal).then(() => {
      over.abort()
      return broker.close()
    })
    return { peer, ended }
  } catch (error) {
    await broker.close()
    throw error
  }
}

async function lingerFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(ms, undefined, signal && { signal }).catch(() => {}) // An interrupted wait is over, too.
}

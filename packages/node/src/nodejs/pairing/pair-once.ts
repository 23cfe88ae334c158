import { systemClock, systemRandom } from '@p2pd/netif/node'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { drawCode, formatCode, parseCode } from '../../pairing/code.ts'
import { GuessingSide } from '../../pairing/guessing-side.ts'
import { runPairing } from '../../pairing/run-pairing.ts'
import { WaitingSide } from '../../pairing/waiting-side.ts'
import type { Paired, PairOptions } from './pair-options.ts'
import { PairingBrokers } from './pairing-brokers.ts'
import { chachaSealing } from './sealing.ts'

/** A guessing side without an answer asks again after 1 s. */
const LINGER_MS = 2000

/** Pairs by one code: the text, or one that is drawn. */
export async function pairOnce(options: PairOptions, text: string | undefined): Promise<Paired> {
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

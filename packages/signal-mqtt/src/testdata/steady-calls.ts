import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { identityFromSeed } from '../nodejs/node-crypto.ts'
import { keep } from './open-signals.ts'
import { openSignal } from '../nodejs/open-signal.ts'
import { bytesOf, textOf } from './peers.ts'

/** A caller that has no answer by then has failed. A call of a node lives for 30 s. */
const ANSWER_MS = 15_000
const BETWEEN_CALLS_MS = 20

/** A node that answers offers and makes calls. */
export interface Caller {
  /** Sends an offer; resolves when its answer has come. */
  call(callee: Caller): Promise<void>
  readonly signal: ReturnType<typeof openSignal>
  readonly publicKey: Uint8Array
}

/** Opens a node on some brokers of a cluster. */
export async function openCaller(seed: number, brokers: readonly string[]): Promise<Caller> {
  const identity = identityFromSeed(new Uint8Array(32).fill(seed))
  const signal = keep(openSignal({ identity, brokers }))
  const waiting = new Map<string, () => void>()
  signal.onMessage((from, body) => {
    const [kind, id = ''] = textOf(body).split(' ')
    if (kind === 'answer') waiting.get(id)?.()
    // As a node does, the answer of an offer that came again is another answer.
    else signal.send(from, bytesOf(`answer ${id}`), { answer: true }).catch(() => {})
  })
  const call = async (callee: Caller) => {
    const id = randomUUID()
    const abort = new AbortController()
    const answered = new Promise<void>((resolve) => void waiting.set(id, resolve))
    const late = delay(ANSWER_MS, undefined, { signal: abort.signal }).then(() => {
      throw new Error(`no answer to ${id}`)
    })
    try {
      await Promise.race([late, Promise.all([answered, signal.send(callee.publicKey, bytesOf(`offer ${id}`))])])
    } finally {
      waiting.delete(id)
      late.catch(() => {})
      abort.abort()
    }
  }
  await signal.ready()
  return { call, signal, publicKey: identity.publicKey }
}

/** How many calls were made, and the errors of those that failed. */
export interface CallCount {
  readonly made: number
  readonly failed: readonly string[]
}

/** All nodes call all others, one call after the other, while something is done to the brokers; then once more. */
export async function callWhile(callers: readonly Caller[], work: () => Promise<void>): Promise<CallCount> {
  let [made, over] = [0, false]
  const failed: string[] = []
  const callAll = async (caller: Caller) => {
    for (const callee of callers) {
      if (callee === caller) continue
      made++
      await caller.call(callee).catch((error: Error) => void failed.push(error.message))
      await delay(BETWEEN_CALLS_MS)
    }
  }
  const calling = callers.map(async (caller) => {
    while (!over) await callAll(caller)
    await callAll(caller)
  })
  try {
    await work()
  } finally {
    over = true
    await Promise.all(calling)
  }
  return { made, failed }
}

import { duplexPair } from 'node:stream'
import { identityFromSeed, rehearseSignal } from '@p2pd/signal-mqtt/node'
import {
  acceptNomination,
  CONNECTION_ID_LENGTH,
  nominate,
  readNomination,
} from '../../handshake/nomination.ts'
import type { Secure } from '../../handshake/secure.ts'
import { STRATEGY_NAMES } from '../../report/report.ts'
import type { Log } from '../../runtime/runtime.ts'
import { decodeMessage, encodeMessage } from '../../signalling/message.ts'
import type { PrivateIdentity } from '../identity.ts'

/** The parts that a rehearsal uses. */
export interface RehearsalParts {
  readonly identity: PrivateIdentity
  readonly secure: Secure
  readonly log?: Log | undefined
}

/** Code stays loaded and compiled for the whole process. */
let isRehearsed = false

/**
 * Does in memory, once in a process, what the first call of a node does for the first time. It seals and opens an offer,
 * runs TLS and makes a nomination. This takes some 30 ms of computation, while a node that starts waits for its servers.
 * Otherwise the first call would take that much longer at either end. Never rejects.
 */
export async function rehearse({ identity, secure, log }: RehearsalParts): Promise<void> {
  if (isRehearsed) return
  isRehearsed = true
  try {
    rehearseSignal(signalIdentityOf(identity), rehearseOffer())
    await rehearsePath(identity, secure)
  } catch (error) {
    log?.('not-rehearsed', { reason: (error as Error).message })
  }
}

/** The key pair of a node as signalling takes it. */
export function signalIdentityOf({ privateKey }: PrivateIdentity): ReturnType<typeof identityFromSeed> {
  const { d: seed = '' } = privateKey.export({ format: 'jwk' })
  return identityFromSeed(Buffer.from(seed, 'base64url'))
}

/** An offer, encoded and decoded. */
function rehearseOffer(): Uint8Array {
  const connectionId = new Uint8Array(CONNECTION_ID_LENGTH)
  const offer = {
    type: 'offer',
    connectionId,
    candidates: [],
    strategies: STRATEGY_NAMES,
    times: [0],
  } as const
  const body = encodeMessage(offer)
  decodeMessage(body)
  return body
}

/** Both ends of a path. */
async function rehearsePath({ publicKey }: PrivateIdentity, secure: Secure): Promise<void> {
  const [near, far] = duplexPair()
  const { signal } = new AbortController()
  try {
    const [caller, callee] = await Promise.all([
      secure(near, { role: 'client', peer: publicKey }),
      secure(far, { role: 'server', peer: publicKey }),
    ])
    const replied = nominate(caller.stream, { connectionId: new Uint8Array(CONNECTION_ID_LENGTH) })
    await readNomination(callee.stream, signal)
    acceptNomination(callee.stream)
    await replied
  } finally {
    near.destroy()
    far.destroy()
  }
}

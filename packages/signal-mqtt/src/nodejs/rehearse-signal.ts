import { systemClock, systemRandom } from '@p2pd/netif/node'
import type { SignalIdentity } from '../envelope/crypto.ts'
import { Mailbox } from '../mailbox/mailbox.ts'
import { nodeCrypto } from './node-crypto.ts'

/** Seals a body to the identity itself and opens it, so that the code is compiled before the first real message. */
export function rehearseSignal(identity: SignalIdentity, body: Uint8Array): void {
  const moment = { now: systemClock.now(), wall: Date.now() }
  const mailbox = new Mailbox({ crypto: nodeCrypto, identity, random: systemRandom }, moment.now)
  mailbox.receive(mailbox.seal(identity.publicKey, body, 1000, moment), moment)
}

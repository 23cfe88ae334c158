import { sealEnvelope, searchWork } from '../envelope/envelope.ts'
import { MessageKind } from '../envelope/message.ts'
import { identityFromSeed, nodeCrypto } from '../nodejs/node-crypto.ts'
import { sealRecord } from '../envelope/record.ts'
import { brokersOf } from '../brokers/rendezvous.ts'
import { messageTopic, recordTopic } from '../envelope/topic.ts'

const fill = (byte: number, length: number) => new Uint8Array(length).fill(byte)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
/** In lines that fit the page. */
const lines = (bytes: Uint8Array) => hex(bytes).match(/.{1,96}/g)

/** The test vectors of PROTOCOL.md, computed. */
export function protocolVectors(): unknown {
  const [sender, recipient] = [identityFromSeed(fill(1, 32)), identityFromSeed(fill(2, 32))]
  const times = { clock: 1_700_000_000_000, sentAt: 1_700_000_000_500, expiresAt: 1_700_000_060_500 }
  const body = Buffer.from('hello')
  const id = fill(3, 16)
  const ephemeral = fill(4, 32)
  const nonce = fill(5, 12)
  const message = { from: sender.publicKey, kind: MessageKind.Body, id, body, ...times }
  const envelope = sealEnvelope(nodeCrypto, sender, recipient.publicKey, message, ephemeral)
  const record = { sentAt: times.clock, expiresAt: 1_700_003_600_000, body }
  const brokers = [1, 2, 3, 4, 5, 6].map((n) => `mqtt://${n}.example:1883`)
  return {
    senderPrivateKey: hex(fill(1, 32)),
    senderPublicKey: hex(sender.publicKey),
    recipientPrivateKey: hex(fill(2, 32)),
    recipientPublicKey: hex(recipient.publicKey),
    messageTopic: messageTopic(nodeCrypto, recipient.publicKey),
    recordTopic: recordTopic(nodeCrypto, recipient.publicKey),
    message: {
      ...times,
      kind: message.kind,
      id: hex(id),
      body: hex(body),
      ephemeralPrivateKey: hex(ephemeral),
      envelope: lines(envelope),
      // The first one, counted from zero.
      work: hex(searchWork(nodeCrypto, envelope).next(1_000_000) ?? fill(0, 0)),
    },
    record: {
      sentAt: record.sentAt,
      expiresAt: record.expiresAt,
      body: hex(body),
      nonce: hex(nonce),
      sealed: lines(sealRecord(nodeCrypto, recipient, record, nonce)),
    },
    rendezvous: { list: brokers, recipientListensOn: brokersOf(nodeCrypto, recipient.publicKey, brokers) },
  }
}

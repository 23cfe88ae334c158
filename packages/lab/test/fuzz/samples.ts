import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AttributeType, encodeBindingRequest, encodeMessage, MessageClass, Method } from '@p2pd/stun'
import { encodeChannelData, encodeRequestedTransport, encodeSendIndication } from '@p2pd/turn'

const id = new Uint8Array(12).fill(7)
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

/** Messages for a STUN and TURN server. Those with a password are fuzzed beside the server's code. */
export const STUN_SAMPLES: readonly Uint8Array[] = [
  encodeBindingRequest(id),
  encodeBindingRequest(id, { changeRequest: { changeIp: true, changePort: true }, paddingBytes: 400 }),
  encodeBindingRequest(id, { responsePort: 9 }),
  encodeMessage({
    class: MessageClass.Request,
    method: Method.Allocate,
    transactionId: id,
    attributes: [{ type: AttributeType.RequestedTransport, value: encodeRequestedTransport(17) }],
  }),
  encodeMessage({ class: MessageClass.Request, method: Method.Refresh, transactionId: id, attributes: [] }),
  encodeSendIndication(id, { ip: '127.0.0.1', port: 9 }, new Uint8Array(20)),
  encodeChannelData({ channel: 0x4000, data: new Uint8Array(40) }, true),
]

/** A ClientHello of DTLS 1.2, as `packages/infra/src/testdata/dtls-client.ts` sends it. */
export const DTLS_SAMPLES: readonly Uint8Array[] = [
  hex(
    `16fefd0000000000000000005501000049000000000000 0049 fefd ${'00'.repeat(32)} 00 00
    0004c02bc02f 0100 001b 000a000400020017 000d00060004 04030401 00170000 ff01000100`,
  ),
]

/** CONNECT, SUBSCRIBE, PUBLISH with and without retaining, PINGREQ, DISCONNECT. MQTT 3.1.1 §3. */
const MQTT_CONNECT = hex('10 0d 0004 4d515454 04 02 003c 0001 61')
export const MQTT_SAMPLES: readonly Uint8Array[] = [
  MQTT_CONNECT,
  Uint8Array.from([...MQTT_CONNECT, ...hex('82 08 0001 0003 612f23 00')]),
  Uint8Array.from([...MQTT_CONNECT, ...hex('31 07 0003 612f62 7879')]),
  Uint8Array.from([...MQTT_CONNECT, ...hex('32 09 0003 612f62 0002 7879')]),
  Uint8Array.from([...MQTT_CONNECT, ...hex('c000'), ...hex('e000')]),
]

/** The preamble of a peer that dials back, as `preamble.ts` of `@p2pd/node` writes it: a type, a length, mask and id. */
export const DIALLED_BACK = Uint8Array.from([0x70, 0, 32, ...new Uint8Array(32)])

/** The first flight of a TLS client, as Node.js writes it. */
export async function tlsHello(): Promise<Uint8Array> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['p2pd/1'] })
  client.on('error', () => {}) // Nobody answers it.
  const [socket] = await accepted
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}

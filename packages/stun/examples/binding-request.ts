import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import {
  AttributeType,
  decodeMessage,
  encodeMessage,
  encodeXorMappedAddress,
  getUdpMapping,
  MessageClass,
  parseStunUri,
} from '@p2pd/stun'

// A server of ten lines, so that this runs offline; give a `stun:` URI as argument to ask a real one.
const responder = await systemNetwork.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
responder.onMessage((request, from) => {
  const message = decodeMessage(request)
  const value = encodeXorMappedAddress(from, message.transactionId)
  const attributes = [{ type: AttributeType.XorMappedAddress, value }]
  responder.send(encodeMessage({ ...message, class: MessageClass.SuccessResponse, attributes }), from)
})

const uri = parseStunUri(process.argv[2] ?? `stun:127.0.0.1:${responder.local.port}`)
const [ip = uri.host] = await systemNetwork.resolve(uri.host)

const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
const { socket, mapped } = await getUdpMapping(ports, { server: { ip, port: uri.port }, timeoutMs: 3000 })
console.log(`UDP port ${socket.local.port} is seen as ${mapped.ip}:${mapped.port}`)

socket.close()
responder.close()

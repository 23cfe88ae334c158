import { discoverNat, mappedPorts, predict } from '@p2pd/nat'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { AttributeType, decodeMessage, encodeMessage, encodeXorMappedAddress, MessageClass } from '@p2pd/stun'

// Two servers of ten lines, so that this runs offline; give `stun:` URIs as arguments to ask real ones.
const responders = await Promise.all(
  ['127.0.0.1', '127.0.0.1'].map((ip) => systemNetwork.bindUdp({ local: { ip, port: 0 } })),
)
for (const responder of responders) {
  responder.onMessage((request, from) => {
    const message = decodeMessage(request)
    const value = encodeXorMappedAddress(from, message.transactionId)
    const attributes = [{ type: AttributeType.XorMappedAddress, value }]
    responder.send(encodeMessage({ ...message, class: MessageClass.SuccessResponse, attributes }), from)
  })
}

const real = process.argv.slice(2)
const offline = responders.map(({ local }) => `stun:127.0.0.1:${local.port}`)
const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
const { report, observations } = await discoverNat(
  ports,
  real.length > 0 ? { servers: real } : { servers: offline, from: { ip: '127.0.0.1' } },
)
console.log(`${report.type}, ${report.mapping} mapping, ports ${report.delta.type}`)
for (const sentence of report.evidence) console.log(`  ${sentence}`)

const { ports: next, probability } = predict(report, mappedPorts(observations), { internalPort: 50_000 })
console.log(`port 50000 will be seen as ${next.join(' or ')} (${Math.round(probability * 100)} %)`)

for (const responder of responders) responder.close()

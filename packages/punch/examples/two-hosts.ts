// Two hosts tell each other what they know of their NATs, plan and punch: here both are on this machine.
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { executeUdpPunch, type LocalSide, planPunch } from '@p2pd/punch'

// The report that `@p2pd/nat` makes of a NAT, with an endpoint that a STUN server saw. On loopback nothing is translated.
async function sideAt(ip: string): Promise<LocalSide> {
  const probe = await systemNetwork.bindUdp({ local: { ip, port: 0 } })
  const local = probe.local
  probe.close()
  const nat = {
    type: 'open',
    mapping: 'endpoint-independent',
    filtering: 'endpoint-independent',
    delta: { type: 'not-applicable', value: 0 },
    portRange: [1024, 65535],
    externalAddresses: [ip],
  } as const
  return { nat, endpoints: [local], hosts: [local], locals: [local] }
}

const [alice, bob] = await Promise.all([sideAt('127.0.0.1'), sideAt('127.0.0.2')])
const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
// Both get it through an encrypted channel, with the other's half of what `planPunch` needs.
const token = systemRandom(16)

const plans = [
  planPunch(alice, bob, { protocol: 'udp', controlling: true }),
  planPunch(bob, alice, { protocol: 'udp', controlling: false }),
]
const paths = await Promise.all(
  plans.map((plan) => {
    if (plan.technique === 'impossible') throw new Error(plan.reason)
    return executeUdpPunch(plan, ports, { token })
  }),
)
for (const [i, { socket, remote }] of paths.entries())
  console.log(`${plans[i]?.technique}: ${socket.local.ip} to ${remote.ip}`)
const answer = new Promise<string>((resolve) =>
  paths[1]?.socket.onMessage((data) => resolve(new TextDecoder().decode(data))),
)
paths[0]?.socket.send(new TextEncoder().encode('hello'), paths[0].remote)
console.log(`received: ${await answer}`)
for (const { socket } of paths) socket.close()

/** A scripted gateway behind a link, in the gateway's namespace: `distant-gateway.js pcp|nat-pmp`. It ends with its input. */
import type { Network, UdpSocket } from '@p2pd/netif'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import { ScriptedGateway } from '../../src/testing/scripted-gateway.ts'
import { ADDRESS } from '../../test/real-gateway.ts'

/** One way. Node's timers count whole milliseconds, so that an answer takes 2 to 4 ms: that of a home's Wi-Fi. */
const LINK_MS = 1

const soon = (work: () => void) => void systemClock.at(systemClock.now() + LINK_MS, work)

function behindLink(socket: UdpSocket): UdpSocket {
  return {
    local: socket.local,
    send: (data, to) => soon(() => socket.send(data, to)),
    onMessage: (listener) => socket.onMessage((data, from) => soon(() => listener(data, from))),
    close: () => socket.close(),
  }
}

const network = {
  bindUdp: async (options: Parameters<Network['bindUdp']>[0]) =>
    behindLink(await systemNetwork.bindUdp(options)),
} as Network
const script = process.argv[2] === 'pcp' ? { pcp: true } : { natPmp: true }
const place = { network, clock: systemClock, ip: ADDRESS.gateway }
const gateway = new ScriptedGateway(place, { ...script, externalIp: ADDRESS.wan })
await gateway.start()
console.log('ready')
process.stdin.on('end', () => void gateway.close()).resume()

import { expect, test } from '@jest/globals'
import { startMqttBroker } from '@p2pd/infra'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Servers } from '../../runtime/servers.ts'
import { createIdentity } from '../identity.ts'
import { changingRelayOpener } from '../relays/changing-relay-opener.ts'
import { loadRelayOpener } from '../relays/load-relay-opener.ts'
import { startNode } from '../start-node.ts'
import { ServersInUse } from './servers-in-use.ts'

const servers = (some: Partial<Servers>): Servers => ({ stun: [], turn: [], mqtt: [], ...some })

/** A place where a STUN server could be, and its URI. */
async function stunPlace() {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { socket, uri: `stun:127.0.0.1:${socket.address().port}` }
}

test('D4: a node uses other brokers and STUN servers as soon as they are reported; its pipes stay open', async () => {
  const brokers = await Promise.all([0, 1].map(() => startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })))
  const [[before, after], [old, other]] = [
    brokers.map(({ urls }) => urls),
    [await stunPlace(), await stunPlace()],
  ]
  let change = (_: Servers) => {}
  let isWatched = true
  const node = await startNode({
    echo: true,
    servers: servers({ mqtt: before ?? [], stun: [old.uri] }),
    identity: createIdentity(),
    watchServers: (onChange) => {
      change = onChange
      return () => {
        isWatched = false
      }
    },
  })
  const pipe = await node.connect('self')
  expect(node.brokers()).toMatchObject([{ url: before?.[0], state: 'up' }])
  const asked = once(other.socket, 'message')
  const isUp = new Promise<void>((resolve) => {
    node.onEvent((event) => {
      if (event.type === 'broker-up') resolve()
    })
  })
  change(servers({ mqtt: after ?? [], stun: [other.uri] }))
  await Promise.all([asked, isUp])
  expect(node.brokers()).toMatchObject([{ url: after?.[0], state: 'up' }])
  await pipe.send(Uint8Array.of(1, 2, 3))
  expect((await pipe.recv({ timeoutMs: 5000 })).data).toEqual(Buffer.of(1, 2, 3))
  expect(isWatched).toBe(true)
  await node.close()
  expect(isWatched).toBe(false)
  old.socket.close()
  other.socket.close()
  await Promise.all(brokers.map((broker) => broker.close()))
}, 20_000)

test('D4: relays are opened at the TURN servers of the moment, and at none that is gone', async () => {
  const at = (port: number) => ({
    uri: `turn:127.0.0.1:${port}?transport=tcp`,
    username: 'u',
    credential: 'p',
  })
  let change = (_: Servers) => {}
  const inUse = new ServersInUse(servers({ turn: [at(1)] }), (onChange) => {
    change = onChange
    return () => {}
  })
  const runtime = { network: systemNetwork, clock: systemClock, random: systemRandom }
  const opener = await changingRelayOpener(inUse, runtime)
  const refusal = () => opener.open(new AbortController().signal).catch((error: Error) => error.message)
  expect(await refusal()).toContain('127.0.0.1:1')
  change(servers({ turn: [2, 3, 4].map(at) }))
  expect(await refusal()).toContain('127.0.0.1:2')
  change(servers({}))
  expect([opener.servers(), await refusal()]).toEqual([[], 'no TURN server is configured any more'])
})

test('D4: a node that began without a TURN server uses the first that is named later', async () => {
  let change = (_: Servers) => {}
  const inUse = new ServersInUse(servers({}), (onChange) => {
    change = onChange
    return () => {}
  })
  const runtime = { network: systemNetwork, clock: systemClock, random: systemRandom }
  const opener = await changingRelayOpener(inUse, runtime)
  expect(opener.isUsable).toBe(false)
  change(servers({ turn: [{ uri: 'turn:127.0.0.1:1?transport=tcp', username: 'u', credential: 'p' }] }))
  await loadRelayOpener() // The opener waits for the same.
  expect(opener.isUsable).toBe(true)
  await expect(opener.open(new AbortController().signal)).rejects.toThrow('127.0.0.1:1')
})

test('D4: a node that began without a broker uses the first that is named later', async () => {
  const broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
  let change = (_: Servers) => {}
  const node = await startNode({
    servers: servers({}),
    identity: createIdentity(),
    watchServers: (onChange) => {
      change = onChange
      return () => {}
    },
  })
  await expect(node.ready()).rejects.toMatchObject({ code: 'NODE_NO_BROKER' })
  const isUp = new Promise<void>((resolve) => {
    node.onEvent((event) => {
      if (event.type === 'broker-up') resolve()
    })
  })
  change(servers({ mqtt: broker.urls }))
  await isUp
  await node.ready()
  await node.close()
  await broker.close()
})

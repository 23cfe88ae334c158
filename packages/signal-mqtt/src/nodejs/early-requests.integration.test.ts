import { afterEach, expect, test } from '@jest/globals'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { BrokerConnection } from '../brokers/broker.ts'
import { PacketType } from '../mqtt/packet.ts'
import { PacketSplitter } from '../mqtt/packet-splitter.ts'
import { closeAll, keep } from '../testdata/open-signals.ts'
import { bytesOf, textOf } from '../testdata/peers.ts'
import { mosquittoMissing, startAedes, startMosquitto } from '../testdata/real-brokers.ts'
import { mqttConnector } from './mqtt-connector.ts'

afterEach(closeAll)
const testMosquitto = mosquittoMissing ? test.skip : test

/** One connection of a scripted broker: the version of its CONNECT, and the types of the packets that came. */
interface Visit {
  readonly version: number
  readonly types: number[]
  readonly socket: Socket
}

/** Handles a packet of a client; an early one has come in one piece with CONNECT. */
type Script = (visit: Visit, packet: Uint8Array, isEarly: boolean) => void

/** A broker that does what the script says with each packet. It says nothing by itself. */
async function startScripted(script: Script) {
  const visits: Visit[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const splitter = new PacketSplitter(100_000)
    let visit: Visit | undefined
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const isFirst = visit === undefined
      for (const packet of splitter.push(chunk) ?? []) {
        if (visit === undefined) visits.push((visit = { version: packet[8] ?? 0, types: [], socket }))
        visit.types.push((packet[0] ?? 0) >> 4)
        script(visit, packet, isFirst && visit.types.length > 1)
      }
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => void server.close(resolve))
  }
  keep({ close })
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, visits }
}

/** Answers like a broker from the moment of CONNACK on. */
function answer({ socket, version }: Visit, packet: Uint8Array): void {
  const type = (packet[0] ?? 0) >> 4
  const extra = version === 5 ? [0] : []
  if (type === PacketType.Connect) socket.write(Uint8Array.of(0x20, 2 + extra.length, 0, 0, ...extra))
  // The identifier stands behind the topic, which has one letter here.
  if (type === PacketType.Publish) socket.write(Uint8Array.of(0x40, 2, packet[5] ?? 0, packet[6] ?? 0))
  const [, , high = 0, low = 0] = packet
  if (type === PacketType.Subscribe)
    socket.write(Uint8Array.of(0x90, 3 + extra.length, high, low, ...extra, 0))
}

const refuse = ({ socket, version }: Visit) =>
  socket.end(version === 5 ? Uint8Array.of(0x20, 3, 0, 0x87, 0) : Uint8Array.of(0x20, 2, 0, 5))

const signal = () => new AbortController().signal
/** Subscribes and publishes as a node does that starts with a call. */
const request = (connection: BrokerConnection) =>
  Promise.all([connection.subscribe('s', () => {}), connection.publish('t', bytesOf('offer'))])

test('the first requests travel along with CONNECT: the broker has them before it has said anything', async () => {
  const held: [Visit, Uint8Array][] = []
  const { url, visits } = await startScripted((visit, packet) => {
    if (visit.version === 4) return
    held.push([visit, packet])
    if (visit.types.length === 3) for (const one of held) answer(...one)
  })
  const connection = keep(await mqttConnector({ isEarly: true })(url, signal()))
  await request(connection)
  const five = visits.find(({ version }) => version === 5)
  expect(five?.types).toEqual([PacketType.Connect, PacketType.Subscribe, PacketType.Publish])
})

test('a refused CONNECT fails them with its reason, and ends the connection', async () => {
  const { url } = await startScripted((visit, packet) => {
    if ((packet[0] ?? 0) >> 4 === PacketType.Connect) refuse(visit)
  })
  const connection = keep(await mqttConnector({ isEarly: true })(url, signal()))
  const ended = new Promise((resolve) => connection.onEnd(resolve))
  await expect(request(connection)).rejects.toThrow('Connection refused: Not authorized')
  expect(await ended).toBe('Connection refused: Not authorized')
})

/** Ends a connection on whose CONNECT more follows at once. */
const endEarly: Script = (visit, packet, isEarly) => {
  if (isEarly) visit.socket.destroy()
  // The answer to CONNECT leaves after the whole piece was read.
  setImmediate(() => {
    if (!visit.socket.destroyed) answer(visit, packet)
  })
}

test('a broker that ends connections with early packets gets them again by 3.1.1 once it has answered, and no more early', async () => {
  const { url, visits } = await startScripted(endEarly)
  const connect = mqttConnector({ isEarly: true })
  for (let again = 0; again < 3; again++) await request(keep(await connect(url, signal())))
  expect(visits.map(({ version }) => version).sort((a, b) => a - b)).toEqual([4, 4, 4, 5])
  const served = visits.filter(({ version }) => version === 4)
  for (const { types } of served)
    expect(types).toEqual([PacketType.Connect, PacketType.Subscribe, PacketType.Publish])
})

test('a broker that no longer bears early packets gets them once more, and no further time', async () => {
  let script: Script = (visit, packet) => answer(visit, packet)
  const { url } = await startScripted((...packet) => script(...packet))
  const connect = mqttConnector({ isEarly: true })
  await request(keep(await connect(url, signal())))
  script = endEarly
  const refused = request(keep(await connect(url, signal())))
  await expect(refused).rejects.toThrow('closed by the broker before it answered')
  await request(keep(await connect(url, signal())))
})

/** Connects anew and by what is known, and publishes to an own topic each time; gives what was delivered. */
async function publishEarly(url: string): Promise<string[]> {
  const texts: string[] = []
  const connect = mqttConnector({ isEarly: true })
  for (let again = 0; again < 3; again++) {
    const connection = keep(await connect(url, signal()))
    let deliver = (_: Uint8Array) => {}
    const delivered = new Promise<Uint8Array>((resolve) => (deliver = resolve))
    const subscribing = connection.subscribe('own', (payload) => deliver(payload))
    await Promise.all([subscribing, connection.publish('own', bytesOf('hello'))])
    texts.push(textOf(await delivered))
  }
  return texts
}

testMosquitto('Mosquitto delivers what was published early', async () => {
  expect(await publishEarly(keep(await startMosquitto()).url)).toEqual(Array(3).fill('hello'))
})

test('the embedded broker delivers what was published early', async () => {
  expect(await publishEarly(keep(await startAedes()).url)).toEqual(Array(3).fill('hello'))
})

testMosquitto(
  'Mosquitto keeps a record that was published early, and sends it to an early subscriber',
  async () => {
    const broker = keep(await startMosquitto())
    const connect = mqttConnector({ isEarly: true })
    await keep(await connect(broker.url, signal())).publish('r', bytesOf('record'), { retain: true })
    const reader = keep(await connect(broker.url, signal()))
    const record = new Promise((resolve) => void reader.subscribe('r', resolve, { awaitsRetained: true }))
    expect(await record).toEqual(bytesOf('record'))
  },
)

testMosquitto('a broker that takes one message at a time gets many, one after the other', async () => {
  const broker = await startMosquitto(['allow_anonymous true', 'max_inflight_messages 1'])
  keep(broker)
  const connect = mqttConnector({ isEarly: true })
  const connection = await connect(broker.url, new AbortController().signal)
  keep(connection)
  const published = Array.from({ length: 20 }, (_, i) => connection.publish('topic', bytesOf(`message ${i}`)))
  await Promise.all(published)
  expect(broker.log()).not.toMatch(/receive maximum exceeded/i)
})

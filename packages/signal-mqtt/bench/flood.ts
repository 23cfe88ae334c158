/**
 * A node whose topic gets 10,000 junk messages a second: how long a real offer waits for its answer
 * meanwhile, and what the flood costs. The junk is sent by another process, over Mosquitto (aedes where that is missing).
 */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { joinBytes } from '@p2pd/netif'
import { envelopeTagKey } from '../src/envelope/envelope.ts'
import { identityFromSeed, nodeCrypto, openSignal } from '../src/nodejs/index.ts'
import { systemRuntime } from '../src/nodejs/system-runtime.ts'
import { mosquittoMissing, startAedes, startMosquitto } from '../src/testdata/real-brokers.ts'
import { messageTopic } from '../src/envelope/topic.ts'

const PER_SECOND = 10_000
const SECONDS = 10
/** Small enough that junk comes evenly. */
const BATCH_MS = 5
/** Bytes of the smallest envelope. */
const LENGTH = 577
const bob = identityFromSeed(new Uint8Array(32).fill(2))

const kinds = {
  'no flood': () => new Uint8Array(),
  'junk of strangers': () => joinBytes(Uint8Array.of(1), randomBytes(LENGTH - 1)),
  'junk of who knows the id': () => tagged(randomBytes(LENGTH - 17)),
} as const

/** Something with the right tag, which has to be opened to be distinguished from a message. */
function tagged(sealed: Uint8Array): Uint8Array {
  const key = envelopeTagKey(nodeCrypto, bob.publicKey)
  const tag = nodeCrypto.sha256(joinBytes(key, Uint8Array.of(1), sealed)).subarray(0, 16)
  return joinBytes(Uint8Array.of(1), tag, sealed)
}

/**
 * The other process: publishes junk of a kind at the rate until it is ended. The packets are made beforehand and
 * written in batches, or making them would take the time of those who are measured.
 */
async function flood(url: string, kind: keyof typeof kinds): Promise<void> {
  const topic = messageTopic(nodeCrypto, bob.publicKey)
  // Each but once: what is repeated is dropped as a copy.
  const junk = Array.from({ length: PER_SECOND * SECONDS }, () => publishPacket(topic, kinds[kind]()))
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(CONNECT_PACKET)
  await once(socket, 'data')
  let sent = 0
  process.send?.('flooding')
  const startedAt = performance.now()
  setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * PER_SECOND)
    socket.write(joinBytes(...junk.slice(sent, due)))
    sent = due
  }, BATCH_MS)
}

/** Protocol name and level, a clean session, 60 s of keep-alive, a client id. MQTT 3.1.1 §3.1. */
const CONNECT_PACKET = Buffer.from('\x10\x11\0\x04MQTT\x04\x02\0\x3c\0\x05flood', 'latin1')

/** A PUBLISH that is not acknowledged, of less than 16 KiB. MQTT 3.1.1 §3.3. */
function publishPacket(topic: string, payload: Uint8Array): Uint8Array {
  const length = 2 + topic.length + payload.length
  const header = Uint8Array.of(
    0x30,
    (length & 0x7f) | 0x80,
    length >> 7,
    topic.length >> 8,
    topic.length & 0xff,
  )
  return joinBytes(header, Buffer.from(topic), payload)
}

async function measure(url: string, kind: keyof typeof kinds): Promise<object> {
  let dropped = 0
  const to = openSignal({
    brokers: [url],
    identity: bob,
    runtime: { ...systemRuntime, log: (event) => void (event === 'message-dropped' && dropped++) },
  })
  to.onMessage((caller) => void to.send(caller, Buffer.from('answer'), { answer: true }))
  const from = openSignal({ brokers: [url], identity: identityFromSeed(randomBytes(32)) })
  await Promise.all([from.ready(), to.ready()])
  const child = fork(fileURLToPath(import.meta.url), [kind === 'no flood' ? 'idle' : 'flood', url, kind])
  await once(child, 'message')
  const cpu = process.cpuUsage()
  const rss = process.memoryUsage.rss()
  let mostRss = rss
  const startedAt = performance.now()
  const times: number[] = []
  while (performance.now() - startedAt < SECONDS * 1000) {
    const sentAt = performance.now()
    const answered = new Promise((resolve) => from.onMessage(resolve))
    // The time shows that it went wrong.
    from.send(bob.publicKey, Buffer.from('offer')).catch(() => {})
    await Promise.race([answered, new Promise((resolve) => void setTimeout(resolve, 2000))])
    times.push(performance.now() - sentAt)
    mostRss = Math.max(mostRss, process.memoryUsage.rss())
    await new Promise((resolve) => void setTimeout(resolve, 100))
  }
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  child.kill()
  await Promise.all([from.close(), to.close()])
  times.sort((a, b) => a - b)
  return {
    junkPerSecond: Math.round(dropped / seconds),
    offers: times.length,
    answeredWithin1s: times.filter((time) => time < 1000).length,
    medianMs: Math.round(times[Math.floor(times.length / 2)] ?? NaN),
    longestMs: Math.round(times.at(-1) ?? NaN),
    cpuPercent: Math.round((user + system) / 10_000 / seconds),
    moreMB: Math.round((mostRss - rss) / 2 ** 20),
  }
}

const [, , role, url = '', kind] = process.argv
if (role === 'flood') await flood(url, kind as keyof typeof kinds)
else if (role === 'idle') process.send?.(role)
else {
  const broker = mosquittoMissing ? await startAedes() : await startMosquitto([], { quiet: true })
  const table: Record<string, object> = {}
  for (const name of Object.keys(kinds) as (keyof typeof kinds)[])
    table[name] = await measure(broker.url, name)
  console.table(table)
  await broker.close()
}

/**
 * One end of a call, in a process of its own, whatever the system. `node PROGRAM listen|call SETTINGS`. It prints a JSON
 * object for each step, and works until it is killed.
 */
import { cpuUsage, memoryUsage } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { EndLine, EndSettings } from './end-protocol.ts'

/** A reliable stream of bytes between the two ends. */
export interface EndStream {
  /** Resolves when there is room for more. */
  send(data: Uint8Array): Promise<void> | void
  onData(listener: (data: Uint8Array) => void): void
  /** The stream that the program would go on with: some systems begin on a relay. @default this one */
  better?(): Promise<EndStream>
}

/** A node that has started. */
export interface EndNode {
  /** Takes calls. Resolves with the name by which callers reach this node. */
  listen(onStream: (stream: EndStream) => void): Promise<string>
  connect(target: string): Promise<EndStream>
}

/** A system under measurement. */
export interface EndSystem {
  /** Loads the system's modules. */
  load(): Promise<void>
  start(settings: EndSettings): Promise<EndNode>
}

const HELLO = new TextEncoder().encode('hello')
const CHUNK = new Uint8Array(16 * 1024)

/** The specifier is a variable, because the module is installed beside the program alone. */
// oxlint-disable-next-line typescript/no-explicit-any
export async function loadModule(name: string): Promise<any> {
  return import(name)
}

/** Runs this process as the end that its arguments ask for. */
export async function runEnd(system: EndSystem): Promise<void> {
  const [, , role, text = '{}'] = process.argv
  const settings = JSON.parse(text) as EndSettings
  try {
    const startedAt = performance.now()
    await system.load()
    say({ event: 'imported', ms: performance.now() - startedAt })
    await (role === 'listen' ? listen(system, settings) : call(system, settings))
  } catch (error) {
    say({ event: 'failed', reason: String(error) })
  }
}

async function listen(system: EndSystem, settings: EndSettings): Promise<void> {
  const node = await system.start(settings)
  const target = await node.listen((stream) => serve(stream, settings))
  say({ event: 'listening', target })
}

/** Echoes the greeting, then counts what comes for as long as it may take. */
function serve(stream: EndStream, { bytes, bulkMs }: EndSettings): void {
  let [greeted, received, firstAt, lastAt] = [0, 0, 0, 0]
  let isOver = false
  const finish = () => {
    if (isOver) return
    isOver = true
    say({ event: 'received', bytes: received, ms: lastAt - firstAt, rss: memoryUsage.rss() })
  }
  stream.onData((data) => {
    const echoed = data.subarray(0, Math.max(0, HELLO.length - greeted))
    greeted += echoed.length
    if (echoed.length > 0) void stream.send(echoed)
    if (data.length === echoed.length || isOver) return
    lastAt = performance.now()
    if (received === 0) {
      firstAt = lastAt
      setTimeout(finish, bulkMs)
    }
    received += data.length - echoed.length
    if (received >= bytes) finish()
  })
}

async function call(system: EndSystem, settings: EndSettings): Promise<void> {
  const startedAt = performance.now()
  const node = await system.start(settings)
  const startedMs = performance.now() - startedAt
  if (settings.idleMs > 0) await delay(settings.idleMs)
  const calledAt = performance.now()
  const stream = await node.connect(settings.target ?? '')
  await greet(stream)
  const echoedAt = performance.now()
  const { user, system: inKernel } = cpuUsage()
  say({
    event: 'echoed',
    startMs: startedMs,
    callMs: echoedAt - calledAt,
    cpuMs: (user + inKernel) / 1000,
    rss: memoryUsage.rss(),
  })
  const better = (await stream.better?.()) ?? stream
  if (better !== stream) await greet(better)
  say({ event: 'sending' })
  for (let sent = 0; sent < settings.bytes; sent += CHUNK.length) await better.send(CHUNK)
}

/** Sends a greeting and waits for its echo. */
function greet(stream: EndStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let echoed = 0
    stream.onData((data) => {
      echoed += data.length
      if (echoed >= HELLO.length) resolve()
    })
    Promise.resolve(stream.send(HELLO)).catch(reject)
  })
}

export function say(line: EndLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** A relayed connection has so long to become direct. */
export const UPGRADE_MS = 15_000
const POLL_MS = 20

/** Resolves when the condition holds, or when a relayed connection has had its time. */
export async function upgraded(isDirect: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < UPGRADE_MS && !isDirect(); waitedMs += POLL_MS) await delay(POLL_MS)
}

/** A Duplex as a stream of bytes. */
export function ofDuplex(duplex: DuplexLike): EndStream {
  duplex.on('error', (error) => say({ event: 'failed', reason: String(error) }))
  return {
    send: (data) =>
      duplex.write(data) ? undefined : new Promise((resolve) => void duplex.once('drain', () => resolve())),
    onData: (listener) => void duplex.on('data', listener as (value: unknown) => void),
  }
}

interface DuplexLike {
  write(data: Uint8Array): boolean
  on(event: string, listener: (value: unknown) => void): unknown
  once(event: 'drain', listener: (value: unknown) => void): unknown
}

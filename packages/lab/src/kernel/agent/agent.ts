import { NetifError, type TcpConnection, type TcpListener, type UdpSocket } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import type { AgentConnection, AgentFailure, Call, FromAgent, ToAgent } from './agent-protocol.ts'

/** The program behind a kernel host's `network`. It carries out the calls of the lab's process, which come by IPC. */

const sockets = new Map<number, UdpSocket>()
const listeners = new Map<number, TcpListener>()
const streams = new Map<string, TcpConnection['stream']>()
const dials = new Map<number, AbortController>()
let accepted = 0

process.on('message', (message: ToAgent) => receive(message))
process.on('disconnect', () => process.exit())

function say(message: FromAgent): void {
  if (process.connected) process.send?.(message)
}

function receive(message: ToAgent): void {
  switch (message.type) {
    case 'call':
      void answer(message.id, message.call)
      break
    case 'abort':
      dials.get(message.id)?.abort()
      break
    case 'send':
      sockets.get(message.socket)?.send(message.data, message.to, message.ttl)
      break
    case 'close':
      sockets.get(message.socket)?.close()
      sockets.delete(message.socket)
      break
    case 'read':
      streams.get(message.stream)?.resume()
      break
    case 'destroy':
      streams.get(message.stream)?.destroy()
      break
  }
}

async function answer(id: number, call: Call): Promise<void> {
  try {
    say({ type: 'result', id, value: await perform(id, call) })
  } catch (error) {
    say({ type: 'failure', id, failure: toFailure(error) })
  }
}

async function perform(id: number, call: Call): Promise<unknown> {
  switch (call.method) {
    case 'interfaces':
      return systemNetwork.interfaces()
    case 'bindUdp':
      return bind(id, await systemNetwork.bindUdp(call.options))
    case 'listenTcp':
      return listen(id, await systemNetwork.listenTcp(call.options))
    case 'dial':
      return dial(id, call.options)
    case 'resolve':
      return systemNetwork.resolve(call.host, call.options)
    case 'closeListener':
      return listeners.get(call.listener)?.close()
    case 'write':
      return whenDone((done) => openStream(call.stream).write(call.data, done))
    case 'end':
      return whenDone((done) => openStream(call.stream).end(done))
  }
}

function openStream(name: string): TcpConnection['stream'] {
  const stream = streams.get(name)
  if (stream === undefined) throw new NetifError('NETIF_CLOSED', 'the connection is closed')
  return stream
}

function whenDone(start: (done: (error?: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
}

function bind(id: number, socket: UdpSocket): UdpSocket['local'] {
  sockets.set(id, socket)
  socket.onMessage((data, from) => say({ type: 'datagram', socket: id, data, from }))
  return socket.local
}

function listen(id: number, listener: TcpListener): TcpListener['local'] {
  listeners.set(id, listener)
  listener.onConnection((connection) => {
    say({ type: 'accepted', listener: id, connection: adopt(`${id}.${++accepted}`, connection) })
  })
  return listener.local
}

async function dial(id: number, options: Parameters<typeof systemNetwork.dial>[0]): Promise<AgentConnection> {
  const controller = new AbortController()
  dials.set(id, controller)
  try {
    return adopt(`${id}`, await systemNetwork.dial({ ...options, signal: controller.signal }))
  } finally {
    dials.delete(id)
  }
}

function adopt(name: string, { stream, local, remote }: TcpConnection): AgentConnection {
  streams.set(name, stream)
  let failure: AgentFailure | undefined
  stream.pause()
  stream.on('data', (data: Uint8Array) => {
    stream.pause()
    say({ type: 'data', stream: name, data })
  })
  stream.on('end', () => say({ type: 'ended', stream: name }))
  stream.on('error', (error: Error) => {
    failure = toFailure(error)
  })
  stream.on('close', () => {
    streams.delete(name)
    say({ type: 'closed', stream: name, ...(failure && { failure }) })
  })
  return { stream: name, local, remote }
}

function toFailure(error: unknown): AgentFailure {
  const { message } = error as Error
  return error instanceof NetifError ? { code: error.code, message } : { message }
}

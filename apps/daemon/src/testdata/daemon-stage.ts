import type { Node } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Daemon, type DaemonOptions, startDaemon } from '../start-daemon.ts'

/** A daemon of a test: its node has no servers, so that `self` and addresses alone can be called. */
export interface Stage {
  readonly daemon: Daemon
  readonly node: Node
  readonly port: number
  readonly socket: string
  readonly folder: string
  /** The JSON that a GET is answered. */
  json(path: string, init?: RequestInit): Promise<Record<string, unknown>>
  /** A TCP connection that has sent these bytes. */
  dial(bytes: string): Promise<Socket>
}

/** Starts a daemon for tests; `close` closes everything. */
export async function startStage(
  options: Partial<DaemonOptions> = {},
): Promise<Stage & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-daemon-'))
  const servers = { stun: [], turn: [], mqtt: [] }
  const node = options.node ?? (await startNode({ servers, identity: createIdentity() }))
  const socket = join(folder, 'run', 'daemon.sock')
  const daemon = await startDaemon({ port: 0, socket, ...options, node })
  const port = Number(new URL(daemon.url).port)
  return {
    daemon,
    node,
    port,
    socket,
    folder,
    json: async (path, init) =>
      (await (await fetch(daemon.url + path, init)).json()) as Record<string, unknown>,
    dial: (bytes) => dial(port, bytes),
    close: async () => {
      await daemon.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Runs a test with a daemon, and closes everything. */
export async function withDaemon(
  work: (stage: Stage) => Promise<void>,
  options: Partial<DaemonOptions> = {},
): Promise<void> {
  const stage = await startStage(options)
  try {
    await work(stage)
  } finally {
    await stage.close()
  }
}

function dial(port: number, bytes: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.write(bytes)
      resolve(socket)
    })
  })
}

/** Everything that a connection receives until it ends. */
export async function readAll(socket: Socket): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of socket as AsyncIterable<Buffer>) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** Waits until a connection has received this text; fails when it ends before. */
export function receives(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const onData = (piece: Buffer) => {
      received += piece.toString()
      if (!received.includes(text)) return
      socket.off('data', onData)
      resolve(received)
    }
    socket.on('data', onData)
    socket.once('close', () => reject(new Error(`closed after: ${received}`)))
  })
}

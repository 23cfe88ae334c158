import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inFolder, run, writeServers } from './testdata/run.ts'

/** The longest that a user waits: with servers on this machine, and with none that answers. */
const LOCAL_MS = 3000
const NONE_MS = 5000

/** How long a node took from nothing, without an identity even, until it could call. */
async function coldStartMs(servers: object): Promise<number> {
  let startMs = Number.NaN
  await inFolder(async (path) => {
    const file = writeServers(path('servers.json'), servers)
    const caller = run([
      'connect',
      'self',
      '--json',
      '--servers',
      file,
      '--identity',
      path('me.pem'),
      '--send',
      'x',
    ])
    startMs = Number((await caller.next())['startMs'])
    expect(await caller.status).toBe(0)
  })
  return startMs
}

test('A1: a cold start takes less than 3 s with local servers', async () => {
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
  try {
    expect(await coldStartMs(infra.servers)).toBeLessThan(LOCAL_MS)
  } finally {
    await infra.close()
  }
})

test('A1: a cold start takes less than 5 s when no server says a word', async () => {
  const silent = await listenSilently()
  const { port } = silent.server.address() as AddressInfo
  const at = `127.0.0.1:${port}`
  const servers = { stun: [`stun:${at}`, `stun:${at}?transport=tcp`], turn: [], mqtt: [`mqtt://${at}`] }
  try {
    expect(await coldStartMs(servers)).toBeLessThan(NONE_MS)
  } finally {
    await silent.close()
  }
})

/** Takes connections and says nothing. */
async function listenSilently(): Promise<{ readonly server: Server; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}

import { expect, test } from '@jest/globals'
import type { Node, PeerPipe } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { receives, type Stage, withDaemon } from '../testdata/daemon-stage.ts'

const UPGRADE = 'HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: p2pd\r\n\r\n'
/** More than the sockets and the session keep on their way. */
const LENGTH = 24_000_000

/** A pipe of the daemon to another node, joined to a tunnel. */
interface Joined {
  readonly stage: Stage
  readonly tunnel: Socket
  /** The other end. */
  readonly stream: PeerPipe['stream']
}

async function withTunnel(work: (joined: Joined) => Promise<void>): Promise<void> {
  const servers = { stun: [], turn: [], mqtt: [] }
  const peer: Node = await startNode({ servers, identity: createIdentity() })
  try {
    await withDaemon(async (stage) => {
      const accepted = new Promise<PeerPipe>((resolve) => void peer.onPipe(resolve))
      const body = JSON.stringify({ target: await peer.address() })
      const headers = { 'content-type': 'application/json' }
      expect(await stage.json('/v1/pipes/p', { method: 'PUT', body, headers })).toMatchObject({
        peer: peer.id,
      })
      const tunnel = await stage.dial(`GET /p2p/pipe/p ${UPGRADE}`)
      await receives(tunnel, '\r\n\r\n')
      await work({ stage, tunnel, stream: (await accepted).stream })
    })
  } finally {
    await peer.close()
  }
}

const remove = ({ daemon }: Stage) => fetch(`${daemon.url}/v1/pipes/p`, { method: 'DELETE' })

test('G4: a pipe that is removed at once after the end of its tunnel is closed when the peer has everything', () =>
  withTunnel(async ({ stage, tunnel, stream }) => {
    tunnel.end(Buffer.alloc(LENGTH))
    const removed = remove(stage)
    let arrived = 0
    stream.on('data', (piece: Buffer) => void (arrived += piece.length))
    stream.once('end', () => stream.end())
    expect((await removed).status).toBe(204)
    expect(arrived).toBe(LENGTH)
  }))

test('G4: a pipe that the peer has aborted: its tunnel is reset, and its removal says so, once', () =>
  withTunnel(async ({ stage, tunnel, stream }) => {
    tunnel.write('some')
    await once(stream, 'data')
    stream.write('half of the answer')
    await receives(tunnel, 'answer')
    const ended = once(tunnel.resume(), 'end') // An end would look like that of a whole answer.
    stream.destroy()
    await expect(ended).rejects.toMatchObject({ code: 'ECONNRESET' })
    const answer = await remove(stage)
    expect([answer.status, await answer.json()]).toEqual([
      502,
      expect.objectContaining({ code: 'DAEMON_PIPE_LOST' }),
    ])
    expect((await remove(stage)).status).toBe(404)
  }))

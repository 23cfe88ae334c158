import { expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { SessionError } from '@p2pd/session'
import type { Node } from '../node.ts'
import type { PeerPipe } from '../pipes/peer-pipe.ts'
import type { SessionStream } from '../runtime/session.ts'
import { nextPipe, Stage } from '../testdata/nodes.ts'

/** Both ends of a pipe between two nodes on loopback. */
async function ends(stage: Stage): Promise<readonly [PeerPipe, PeerPipe, Node]> {
  const [caller, callee] = [await stage.node([]), await stage.node([], { resumeMs: 2000 })]
  const accepted = nextPipe(callee)
  const near = await caller.connect(await callee.address(), { resumeMs: 2000 })
  return [near, await accepted, caller]
}

test('G5: streams beside the pipe, either way: each with its own end, abort and service', () =>
  Stage.run(async (stage) => {
    const [near, far] = await ends(stage)
    far.onStream((stream) => {
      if (stream.service === 'echo') stream.pipe(stream)
      else stream.reset(99)
    })
    const echo = near.openStream('echo')
    echo.end('hello')
    expect(await text(echo)).toBe('hello')
    const aborted = near.openStream('other')
    const fault = new Promise((resolve) => aborted.once('error', resolve))
    aborted.write('hello')
    expect(await fault).toMatchObject({ code: 'SESSION_RESET', closeCode: 99 })

    const back = new Promise<SessionStream>((resolve) => near.onStream(resolve))
    far.openStream().end('from the callee')
    expect(await text(await back)).toBe('from the callee')
    await near.send('the pipe goes on')
    expect(String(Buffer.from((await far.recv({ timeoutMs: 5000 })).data))).toBe('the pipe goes on')
  }))

test('a session lasts while streams are open, also when its pipe has ended at both ends', () =>
  Stage.run(async (stage) => {
    const [near, far] = await ends(stage)
    const served = new Promise<SessionStream>((resolve) => far.onStream(resolve))
    const stream = near.openStream()
    stream.write('first, ')
    const other = await served
    for (const { stream: pipe } of [near, far]) pipe.resume().end()
    await new Promise((resolve) => near.onClose(resolve))
    stream.end('then the rest')
    expect(await text(other)).toBe('first, then the rest')
    other.end()
  }))

test('G4: close resolves when the peer has everything, read or not', () =>
  Stage.run(async (stage) => {
    const [near, far] = await ends(stage)
    const { stream } = far
    const sent = Buffer.alloc(3_000_000, 'abc')
    const arrived = buffer(stream)
    near.send(sent).catch(() => {}) // The close comes before the stream has room again.
    await near.close()
    expect(near.closed).toBe(true)
    expect((await arrived).equals(sent)).toBe(true)
  }))

test('G4: a peer that is killed while data flows is an error, with the bytes that it did not acknowledge', () =>
  Stage.run(async (stage) => {
    const caller = await stage.node([])
    const program = fileURLToPath(new URL('../testdata/mute-peer.ts', import.meta.url))
    const peer = spawn(process.execPath, ['--import', 'tsx', '--conditions=@p2pd/source', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    stage.endWith(() => Promise.resolve(void peer.kill('SIGKILL')))
    const [address] = (await once(peer.stdout, 'data')) as [Buffer]
    const { stream } = await caller.connect(String(address).trim(), { resumeMs: 300 })
    let sent = 0
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve))
    const send = () => {
      do sent += 65_536
      while (stream.write(Buffer.alloc(65_536)) && sent < 4_000_000)
      if (sent >= 4_000_000) peer.kill('SIGKILL')
    }
    stream.on('drain', send)
    send()
    const { code, unacknowledgedBytes = 0 } = (await failed) as Partial<SessionError>
    expect(code).toBe('SESSION_LOST')
    expect(unacknowledgedBytes).toBeGreaterThan(0)
  }))

test('pipe.connection shows the path in use, with its round-trip time', () =>
  Stage.run(async (stage) => {
    const [near, far] = await ends(stage)
    await near.send('hello')
    await far.recv({ timeoutMs: 5000 })
    await far.send('hello')
    await near.recv({ timeoutMs: 5000 })
    expect(near.connection.rttMs).toBeGreaterThan(0)
    const { local, remote } = near.connection
    expect(far.connection).toMatchObject({ strategy: 'direct', local: remote, remote: local })
  }))

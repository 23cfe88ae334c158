import { expect, test } from '@jest/globals'
import type { Pipe as PipeResource } from '@p2pd/client'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { inFolder } from '../testdata/run.ts'
import { takePipe } from './daemon-pipe.ts'
import type { DaemonSession, OwnEvent } from './daemon-session.ts'

const RESOURCE = {
  name: 'in-1',
  peer: 'p',
  service: '',
  strategy: 'relay',
  transport: 'tcp',
  local: '192.0.2.1:1',
  remote: '192.0.2.2:2',
  report: [],
}

test('D4: the path of a pipe of the daemon changes as the daemon says, also before anybody looks', () =>
  inFolder(async (path) => {
    const socket = join(path('daemon.sock'))
    const server = createServer().listen(socket)
    server.on('upgrade', (_, tunnel) => {
      tunnel.write('HTTP/1.1 101 Switching\r\nUpgrade: p2pd-frames\r\nConnection: Upgrade\r\n\r\n')
      tunnel.on('end', () => tunnel.end()).resume()
    })
    await once(server, 'listening')
    let tell = (_: OwnEvent) => {}
    const onEvent = (listener: (event: OwnEvent) => void) => {
      tell = listener
      return () => (tell = () => {})
    }
    const daemon = { socket, client: { request: async () => {} } }
    const session = { id: 'cli', daemon, onEvent } as unknown as DaemonSession
    const taking = takePipe(session, RESOURCE as unknown as PipeResource)
    tell({ type: 'suspended', pipe: 'in-1', reason: 'gone' })
    const pipe = await taking
    const seen: unknown[] = []
    const both = new Promise<void>((resolve) =>
      pipe.onPathChange((event) => {
        if (seen.push(event) === 3) resolve()
      }),
    )
    tell({ type: 'resumed', pipe: 'in-1', strategy: 'direct', afterMs: 5 })
    tell({ type: 'resumed', pipe: 'in-2', strategy: 'relay', afterMs: 9 })
    const moved = { strategy: 'direct', local: '192.0.2.1:3', remote: '[2001:db8::1]:4', reason: 'better' }
    tell({ type: 'path', pipe: 'in-1', id: 7, at: 'now', transport: 'udp', ...moved })
    await both
    const remote = { ip: '2001:db8::1', port: 4 }
    expect(seen).toEqual([
      { type: 'suspended', reason: 'gone' },
      { type: 'resumed', strategy: 'direct', afterMs: 5 },
      { type: 'path', ...moved, local: { ip: '192.0.2.1', port: 3 }, remote },
    ])
    expect(pipe.connection).toMatchObject({ strategy: 'direct', transport: 'udp', remote })
    expect(pipe.datagrams.overUdp).toBe(true)
    await pipe.close()
    server.close()
  }))

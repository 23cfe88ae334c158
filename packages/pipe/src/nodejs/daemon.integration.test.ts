import { expect, test } from '@jest/globals'
import { echo, type Reach } from '@p2pd/pipe'
import { openPipe, startDaemon } from '@p2pd/pipe/node'

async function echoes(transport: 'tcp' | 'udp', ip: string, port: number): Promise<string> {
  const pipe = await openPipe({ transport, dest: { ip, port }, timeoutMs: 5000 })
  await pipe.send('echo')
  const { data } = await pipe.recv({ timeoutMs: 5000 })
  await pipe.close()
  return String(data)
}

test.each(['all', 'loopback'] as const)(
  'C16: an echo daemon for TCP and UDP, both families: %s',
  async (reach) => {
    const daemon = await startDaemon({ reach, port: 0, onPipe: echo })
    for (const ip of ['127.0.0.1', '::1']) {
      for (const transport of ['tcp', 'udp'] as const) {
        expect(await echoes(transport, ip, daemon.port)).toBe('echo')
      }
    }
    await daemon.close()
  },
)

test('C16: a daemon for the LAN listens on private addresses alone', async () => {
  const starting = startDaemon({ reach: 'lan', port: 0, onPipe: echo })
  const daemon = await starting.catch((error: { code: string }) => {
    // A host without a LAN gets an error.
    expect(error.code).toBe('PIPE_ADDRESS_NOT_AVAILABLE')
    return undefined
  })
  for (const { local, transport } of daemon?.servers ?? []) {
    expect(local.ip).toMatch(/^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|169\.254\.|100\.|f[cd]|fe80:)/)
    expect(await echoes(transport as 'tcp', local.ip, local.port)).toBe('echo')
  }
  await daemon?.close()
})

test.each(['all', 'loopback'] as const)(
  'C16: a second instance gets a clear error, and leaves no trace: %s',
  async (reach: Reach) => {
    const first = await startDaemon({ reach, port: 0, onPipe: echo })
    const second = startDaemon({ reach, port: first.port, onPipe: echo })
    await expect(second).rejects.toMatchObject({
      code: 'PIPE_ADDRESS_IN_USE',
      message: expect.stringMatching(new RegExp(`port ${first.port} .*another instance`)),
    })
    expect(await echoes('udp', '127.0.0.1', first.port)).toBe('echo')
    await first.close()
    const third = await startDaemon({ reach, port: first.port, onPipe: echo })
    expect(third.port).toBe(first.port)
    await third.close()
  },
)

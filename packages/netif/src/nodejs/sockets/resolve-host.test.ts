import { describe, expect, test } from '@jest/globals'
import { ManualClock } from '../../testing/manual-clock.ts'
import { type Lookup, resolveHost } from './resolve-host.ts'

const answering =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses
const failing =
  (code: string): Lookup =>
  async () => {
    throw Object.assign(new Error(`getaddrinfo ${code}`), { code })
  }
const silent: Lookup = () => new Promise(() => {})
const never: Lookup = async () => {
  throw new Error('the system was asked')
}

describe('C18: names', () => {
  test('answers keep the resolver’s order, and the family is asked for', async () => {
    const both = ['2001:db8::1', '192.0.2.1']
    expect(await resolveHost('peer.example', {}, answering(...both))).toEqual(both)
    const asked: unknown[] = []
    const record: Lookup = async (host, family) => {
      asked.push([host, family])
      return ['192.0.2.1']
    }
    await resolveHost('peer.example', { family: 'IPv4' }, record)
    expect(asked).toEqual([['peer.example', 'IPv4']])
  })

  test('C14: a literal address is its own answer, in its own family', async () => {
    for (const ip of ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0']) {
      expect(await resolveHost(ip, {}, never)).toEqual([ip])
    }
    const wrong = resolveHost('192.0.2.1', { family: 'IPv6' }, never)
    await expect(wrong).rejects.toMatchObject({
      code: 'NETIF_RESOLVE',
      message: expect.stringContaining('192.0.2.1'),
    })
  })

  test.each([
    ['an empty answer', answering()],
    ['the answer of a blocking resolver', answering('0.0.0.0', '::')],
    ['a group address', answering('224.0.0.1', 'ff02::1')],
    ['no such name', failing('ENOTFOUND')],
    ['no server', failing('EAI_AGAIN')],
  ])('unusable: %s', async (_, lookup) => {
    const resolved = resolveHost('peer.example', {}, lookup)
    await expect(resolved).rejects.toMatchObject({
      code: 'NETIF_RESOLVE',
      message: expect.stringContaining('peer.example'),
    })
  })

  test('of a mixed answer the usable part is taken', async () => {
    expect(await resolveHost('peer.example', {}, answering('0.0.0.0', '192.0.2.1'))).toEqual(['192.0.2.1'])
  })

  test.each(['', '1', '127.1', '0x7f.1', '010.0.0.1', 'a b', 'a/b', 'x:80', `${'a'.repeat(64)}.`.repeat(5)])(
    'no host name: %p',
    async (host) => {
      await expect(resolveHost(host, {}, never)).rejects.toMatchObject({ code: 'NETIF_RESOLVE' })
    },
  )

  test('a resolver that does not answer is given up after the time-out, 5 s by default', async () => {
    const clock = new ManualClock()
    const [short, usual] = [{ timeoutMs: 100 }, {}].map((options) =>
      resolveHost('slow.example', options, silent, clock).catch((error: unknown) => error),
    )
    await clock.advance(4999)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    expect(await short).toMatchObject({ code: 'NETIF_TIMEOUT', message: expect.stringContaining('100 ms') })
    expect(await usual).toMatchObject({
      code: 'NETIF_TIMEOUT',
      message: expect.stringContaining('slow.example'),
    })
    expect(clock.pending).toBe(0)
  })

  test('an aborted call ends at once, and leaves no timer', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const resolved = resolveHost('slow.example', { signal: controller.signal }, silent, clock)
    const before = resolveHost('slow.example', { signal: AbortSignal.abort() }, silent, clock)
    controller.abort()
    await expect(resolved).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
    await expect(before).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
    expect(clock.pending).toBe(0)
  })
})

import { expect, test } from '@jest/globals'
import type { Clock, ResolveOptions } from '@p2pd/netif'
import { StunError } from '@p2pd/stun'
import { NatError } from '../nat-error.ts'
import { resolveServers } from './resolve-servers.ts'

/** A clock whose timers the test lets fire. */
function handClock(): Clock & { readonly fire: () => void } {
  const timers = new Set<() => void>()
  return {
    now: () => 0,
    at: (_, callback) => {
      timers.add(callback)
      return () => timers.delete(callback)
    },
    fire: () => {
      for (const timer of timers) timer()
    },
  }
}

const names: Readonly<Record<string, Promise<readonly string[]>>> = {
  'stun.example': Promise.resolve(['192.0.2.7']),
  'gone.example': Promise.reject(new Error('no such name')),
  'slow.example': new Promise(() => {}),
}
// Each rejection is looked at by the test that asks for it.
names['gone.example']?.catch(() => {})
const network = {
  resolve: (host: string, { family }: ResolveOptions = {}) =>
    family === 'IPv4' ? (names[host] ?? Promise.resolve([])) : Promise.resolve([]),
}
const choose = (
  servers: readonly string[],
  protocol: 'udp' | 'tcp' = 'udp',
  family: 'IPv4' | 'IPv6' = 'IPv4',
) => resolveServers({ network, clock: handClock() }, { servers, protocol, family })

test('in the list’s order, each address once, by family and protocol', async () => {
  const servers = [
    'stun:192.0.2.1',
    'stun:[2001:db8::1]',
    'stun:stun.example',
    'stun:192.0.2.1:3478',
    'stun:192.0.2.9?transport=tcp',
    'stuns:192.0.2.8',
  ]
  expect((await choose(servers)).map(({ uri }) => uri)).toEqual(['stun:192.0.2.1', 'stun:stun.example'])
  expect((await choose(servers, 'tcp')).map(({ uri }) => uri)).toEqual(['stun:192.0.2.9?transport=tcp'])
  expect((await choose(servers, 'udp', 'IPv6')).map(({ address }) => address.ip)).toEqual(['2001:db8::1'])
})

test('without one for TCP those for UDP are asked', async () => {
  expect(await choose(['stun:192.0.2.1'], 'tcp')).toHaveLength(1)
})

test('a name that cannot be resolved is left out', async () => {
  expect(await choose(['stun:gone.example', 'stun:192.0.2.1'])).toHaveLength(1)
  await expect(choose(['stun:gone.example'])).rejects.toThrow(NatError)
})

test('a slow name is waited for no longer than a staggered start', async () => {
  const clock = handClock()
  const choice = {
    servers: ['stun:slow.example', 'stun:192.0.2.1'],
    protocol: 'udp',
    family: 'IPv4',
  } as const
  const resolving = resolveServers({ network, clock }, choice)
  await Promise.resolve()
  clock.fire()
  expect((await resolving).map(({ uri }) => uri)).toEqual(['stun:192.0.2.1'])
})

test('a bad entry is an error that names it', async () => {
  await expect(choose(['stun:'])).rejects.toThrow(StunError)
})

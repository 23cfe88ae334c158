import { expect, test } from '@jest/globals'
import { pingInterval } from '@p2pd/session'
import { pathPair } from '../testdata/path-pair.ts'
import type { Path } from './path.ts'
import { sessionPathOf } from './session-path.ts'

const MINUTE_MS = 60_000

/** Packets a minute on an idle path: a ping of the controlling end, and its answer. */
function packetsPerMinute(keepAlive: 'prompt' | 'sparing', path: Partial<Path>): number {
  const datagrams = { send: () => true, onMessage: () => () => {} }
  const [{ ...own }] = pathPair({ ...path, ...(path.strategy === 'udp-punch' && { datagrams }) })
  return (2 * MINUTE_MS) / pingInterval(keepAlive, true, sessionPathOf(own).mappingLifetimeMs)
}

test.each([
  ['TCP', { strategy: 'direct' }, 'sparing', 2],
  ['TCP', { strategy: 'tcp-punch' }, 'prompt', 12],
  ['UDP, measured as 5 minutes', { strategy: 'udp-punch', mappingLifetimeMs: 300_000 }, 'sparing', 2],
  ['UDP, measured as 60 s', { strategy: 'udp-punch', mappingLifetimeMs: 60_000 }, 'sparing', 4],
  ['UDP, measured as 10 s', { strategy: 'udp-punch', mappingLifetimeMs: 10_000 }, 'prompt', 24],
  ['UDP, not measured', { strategy: 'udp-punch' }, 'sparing', 8],
] as const)('an idle path over %s, %j, %s: %d packets a minute', (_, path, keepAlive, expected) => {
  expect(packetsPerMinute(keepAlive, path)).toBe(expected)
})

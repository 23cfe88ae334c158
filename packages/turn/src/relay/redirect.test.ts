import { expect, test } from '@jest/globals'
import { AttributeType, encodeMappedAddress, encodeText, type Message } from '@p2pd/stun'
import type { Target } from './leg.ts'
import { followRedirection } from './redirect.ts'

const from: Target = {
  server: { ip: '192.0.2.1', port: 3478 },
  transport: 'tls',
  serverName: 'relay.example',
  interfaceName: undefined,
}

/** A 300 response that names a server, and its domain. */
function response(ip: string, { port = 3478, domain }: { port?: number; domain?: string } = {}): Message {
  const type = AttributeType.AlternateDomain
  const attributes = [
    { type: AttributeType.AlternateServer, value: encodeMappedAddress({ ip, port }) },
    ...(domain === undefined ? [] : [{ type, value: encodeText(type, domain) }]),
  ]
  return { class: 3, method: 3, transactionId: new Uint8Array(12), attributes }
}

test('the other server is asked under the name of the first one, unless it has a name of its own', () => {
  const server = { ip: '192.0.2.9', port: 3478 }
  expect(followRedirection(response('192.0.2.9'), from, [from.server])).toEqual({ ...from, server })
  const named = response('192.0.2.9', { domain: 'b.example' })
  expect(followRedirection(named, from, [from.server])).toEqual({ ...from, server, serverName: 'b.example' })
})

const TRIED = [1, 2, 3, 4].map((last) => ({ ip: `192.0.2.${last}`, port: 3478 }))

test.each([
  ['the fourth time', '192.0.2.9', {}, TRIED],
  ['a server that was tried', '192.0.2.2', {}, TRIED.slice(0, 2)],
  ['another family', '2001:db8::9', {}, TRIED.slice(0, 1)],
  ['a loopback address, by a server elsewhere', '127.0.0.1', {}, TRIED.slice(0, 1)],
  ['port 0', '192.0.2.9', { port: 0 }, TRIED.slice(0, 1)],
] as const)('not followed: %s', (_, ip, more, tried) => {
  expect(() => followRedirection(response(ip, more), from, tried)).toThrow(
    expect.objectContaining({ code: 'TURN_REDIRECTED' }),
  )
})

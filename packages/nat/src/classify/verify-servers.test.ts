import { expect, test } from '@jest/globals'
import { type Made, observe, other, seen } from '../testdata/observe.ts'
import { verifyServers } from './verify-servers.ts'

const lieOf = (made: readonly Made[], server = 0) =>
  verifyServers(observe(made)).find((verdict) => verdict.server === server)

test('servers that agree are believed', () => {
  const verdicts = verifyServers(observe([0, 1, 2].map((server) => ({ socket: 0, server, ...seen(7000) }))))
  expect(verdicts.map(({ trusted, rttMs }) => [trusted, rttMs])).toEqual([
    [true, 50],
    [true, 50],
    [true, 50],
  ])
})

test('who says something else than two others is outvoted and named', () => {
  const made = [7000, 7000, 9].map((port, server) => ({ socket: 0, server, ...seen(port) }))
  expect(lieOf(made, 2)).toMatchObject({
    trusted: false,
    reason: 'answered 198.51.100.1:9 where others saw 198.51.100.1:7000',
  })
  expect(lieOf(made, 0)).toMatchObject({ trusted: true })
})

test('behind a symmetric NAT all differ and nobody lies', () => {
  const made = [7000, 7001, 7002].map((port, server) => ({ socket: 0, server, ...seen(port) }))
  expect(verifyServers(observe(made)).every(({ trusted }) => trusted)).toBe(true)
})

test('another external address than the others saw is a lie, behind a symmetric NAT too', () => {
  const made = [seen(7000), seen(7001), seen(7002, '192.0.2.66')].map((answer, server) => ({
    socket: 0,
    server,
    ...answer,
  }))
  expect(lieOf(made, 2)).toMatchObject({ trusted: false })
})

test('unless there is a pool of addresses', () => {
  const pool = ['198.51.100.1', '198.51.100.2', '198.51.100.3'].map((ip, server) => ({
    socket: server,
    server,
    ...seen(7000 + server, ip),
  }))
  const made = [
    ...pool,
    { socket: 3, server: 0, ...seen(7009, '198.51.100.2') },
    { socket: 4, server: 1, ...seen(7010, '198.51.100.1') },
  ]
  expect(verifyServers(observe(made)).every(({ trusted }) => trusted)).toBe(true)
})

test.each<[string, readonly Made[], RegExp]>([
  [
    'a changed answer',
    [
      { socket: 0, ...seen(1) },
      { socket: 0, ...seen(2) },
    ],
    /changed its answer/,
  ],
  [
    'one answer for two ports',
    [
      { socket: 0, ...seen(1) },
      { socket: 1, ...seen(1) },
    ],
    /to two ports/,
  ],
  ['a private address', [{ socket: 0, ...seen(1, '10.0.0.1') }], /private address 10\.0\.0\.1/],
  ['a carrier-grade address', [{ socket: 0, ...seen(1, '100.64.3.1') }], /private address/],
  ['the other family', [{ socket: 0, ...seen(1, '2001:db8::1') }], /over IPv4/],
  ['port 0', [{ socket: 0, ...seen(0) }], /port 0/],
  [
    'anomalies packets only',
    [{ socket: 0, state: 'unanswered', anomalies: ['answer with a wrong transaction id'] }],
    /wrong transaction/,
  ],
  ['silence', [{ socket: 0, state: 'unanswered' }], /no answer/],
])('%s is named', (_, made, reason) => {
  expect(lieOf(made)).toMatchObject({ trusted: false })
  expect(lieOf(made)?.reason).toMatch(reason)
})

test('a server in a private network may say private addresses', () => {
  expect(lieOf([{ socket: 0, to: { ip: '10.1.1.1', port: 3478 }, ...seen(1, '10.0.0.1') }])).toMatchObject({
    trusted: true,
  })
})

test('two addresses of one server have one vote against two servers', () => {
  const made: Made[] = [
    { socket: 0, ...seen(9) },
    { socket: 0, to: other, ...seen(9) },
    { socket: 0, server: 1, ...seen(7000) },
    { socket: 0, server: 2, ...seen(7000) },
  ]
  expect(lieOf(made)).toMatchObject({ trusted: false })
})

import { expect, test } from '@jest/globals'
import type { Crossing } from '@p2pd/lab'
import { WayCounter } from './way-counter.ts'

/** A datagram on a link. */
function crossing(ip: string, bytes: number, where: Partial<Crossing> = {}): Crossing {
  const packet = {
    protocol: 'udp',
    source: { ip: '192.168.1.2', port: 1 },
    destination: { ip, port: 2 },
    ttl: 64,
    payload: new Uint8Array(bytes),
  } as const
  return { at: 0, link: 'caller/eth0', direction: 'up', packet, copies: 1, ...where }
}

test('the way is that of most bytes since the reset', () => {
  const counter = new WayCounter('caller/eth0', ['5.5.0.2'])
  expect(counter.way).toBe('relayed')
  counter.take(crossing('5.5.0.2', 1000))
  counter.take(crossing('5.5.0.9', 10))
  expect(counter.way).toBe('relayed')
  counter.reset()
  counter.take(crossing('5.5.0.2', 20))
  counter.take(crossing('5.5.0.9', 100))
  expect(counter.way).toBe('direct')
})

test('other links, and packets that arrive, do not count', () => {
  const counter = new WayCounter('caller/eth0', ['5.5.0.2'])
  counter.take(crossing('5.5.0.9', 100, { link: 'callee/eth0' }))
  counter.take(crossing('5.5.0.9', 100, { direction: 'down' }))
  expect(counter.way).toBe('relayed')
})

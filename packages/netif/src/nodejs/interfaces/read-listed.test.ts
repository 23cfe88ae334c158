import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from '@jest/globals'
import { inferredInterfaces } from '../../interfaces/inferred-interfaces.ts'
import { listedInterfaces } from './read-listed.ts'

const info = (address: string, more: Partial<NetworkInterfaceInfo> = {}) =>
  ({
    address,
    mac: '00:00:00:00:00:00',
    internal: false,
    cidr: `${address}/24`,
    ...more,
  }) as NetworkInterfaceInfo

test('C1: a system without a reader has the NICs of Node’s list, and the kernel’s choice as default', () => {
  const listed = {
    net0: [
      info('192.168.1.5', { mac: '02:00:00:00:00:01' }),
      info('fe80::5', { cidr: 'fe80::5/64', scopeid: 4 } as object),
    ],
    lo0: [info('127.0.0.1', { internal: true, cidr: '127.0.0.1/8' })],
  }
  expect(listedInterfaces(listed, { IPv4: '192.168.1.5' })).toMatchObject([
    {
      name: 'net0',
      index: 4,
      mac: '02:00:00:00:00:01',
      default: { IPv4: true, IPv6: false },
      type: 'ethernet',
    },
    { name: 'lo0', type: 'loopback', addresses: [{ ip: '127.0.0.1', prefixLength: 8, scope: 'host' }] },
  ])
})

test('C1: Android refuses its list: one NIC stands for what leads out', () => {
  const [loopback, other] = inferredInterfaces({ IPv4: '10.20.30.40', IPv6: '2001:db8::5' })
  expect(loopback).toMatchObject({ type: 'loopback', inferred: true })
  expect(other).toMatchObject({
    inferred: true,
    default: { IPv4: true, IPv6: true },
    addresses: [
      { ip: '10.20.30.40', prefixLength: 32 },
      { ip: '2001:db8::5', prefixLength: 128 },
    ],
  })
  expect(inferredInterfaces({})).toHaveLength(1)
})

import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { addressLines, bridgeScript, ipBatches, keeperScript, tunLines } from './namespace-script.ts'

test('a NIC gets its addresses and one default route for each family', () => {
  const nic = {
    device: 'eth0',
    addresses: ['192.0.2.2/24', '2001:db8::2/64'],
    gateways: ['192.0.2.1', '2001:db8::1'],
  }
  expect(addressLines({ ...nic, index: 0 })).toEqual([
    'addr add 192.0.2.2/24 dev eth0',
    'addr add 2001:db8::2/64 dev eth0 nodad',
    'route add default via 192.0.2.1 dev eth0 onlink metric 100',
    'route add default via 2001:db8::1 dev eth0 onlink metric 100',
  ])
})

test('what is sent from an address of a further NIC leaves by that NIC', () => {
  const nic = { device: 'eth1', addresses: ['192.0.2.2/24', '2001:db8::2/64'], gateways: ['192.0.2.1'] }
  const lines = addressLines({ ...nic, index: 1 })
  expect(lines).toContain('route add default via 192.0.2.1 dev eth1 onlink metric 101')
  expect(lines).toContain('route add default via 192.0.2.1 dev eth1 onlink table 1001')
  expect(lines).toContain('rule add from 192.0.2.2 table 1001')
  expect(lines).toContain('-6 rule add from 2001:db8::2 table 1001')
})

test('the first address is the one that Linux prefers', () => {
  const addresses = ['192.0.2.2/32', '192.0.2.3/32', '2001:db8::2/64', '2001:db8::3/64']
  const order = addressLines({ device: 'eth0', addresses, gateways: [], index: 0 }).map(
    (line) => line.split(' ')[2],
  )
  expect(order).toEqual(['192.0.2.2/32', '192.0.2.3/32', '2001:db8::3/64', '2001:db8::2/64'])
})

test('lines that need -6 have a batch of their own', () => {
  expect(ipBatches(['link set lo up', '-6 rule add from ::1 table 1'])).toEqual([
    'ip -batch - <<END',
    'link set lo up',
    'END',
    'ip -6 -batch - <<END',
    'rule add from ::1 table 1',
    'END',
  ])
})

test('scripts are what bash can read, whatever the values', () => {
  const scripts = [
    keeperScript({
      ip: tunLines('eth0', 1500),
      sysctls: { 'ipv4/ip_forward': '1' },
      hostsFile: "5.5.0.2 it's-alice\n",
    }),
    bridgeScript('eth0', 1, 4000, "it's a greeting"),
  ]
  for (const script of scripts) {
    expect(() => execFileSync('bash', ['-n', '-c', script])).not.toThrow()
  }
})

import { expect, test } from '@jest/globals'
import { planAddresses } from '../../address-plan.ts'
import { hostEnvironment, hostsFile } from './host-environment.ts'

const plan = planAddresses({
  hosts: [
    { name: 'stun-server', addresses: 2 },
    { name: 'alice', behind: 'home', families: ['IPv4', 'IPv6'] },
  ],
  boxes: [{ name: 'home', preset: 'home' }],
  names: { 'stun.example.com': ['stun-server'] },
})

test('programs find everyone’s addresses in their environment', () => {
  expect(hostEnvironment(plan, 'alice')).toEqual({
    P2PD_LAB_IPV4: '192.168.1.2',
    P2PD_LAB_IPV6: '2a00:5:0:1::2',
    P2PD_LAB_ALICE_IPV4: '192.168.1.2',
    P2PD_LAB_ALICE_IPV6: '2a00:5:0:1::2',
    P2PD_LAB_STUN_SERVER_IPV4: '5.5.0.3,5.5.0.4',
  })
})

test('a real router has no addresses of its own there', () => {
  expect(hostEnvironment(plan, 'home')).not.toHaveProperty('P2PD_LAB_IPV4')
})

test('names are in /etc/hosts', () => {
  const lines = hostsFile(plan).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining(['127.0.0.1 localhost', '5.5.0.3 stun.example.com', '192.168.1.2 alice']),
  )
})

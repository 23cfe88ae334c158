import type { SideDescription } from '../signalling/side-description.ts'

/** A side as a home router's host tells it. */
export const sideDescription: SideDescription = {
  protocol: 'tcp',
  family: 'IPv4',
  side: {
    nat: {
      type: 'port-restricted',
      mapping: 'endpoint-independent',
      filtering: 'address-and-port-dependent',
      delta: { type: 'preserving', value: 100 },
      portRange: [1024, 65_535],
      externalAddresses: ['203.0.113.7'],
    },
    endpoints: [{ ip: '203.0.113.7', port: 40_100 }],
    hosts: [{ ip: '192.168.1.5', port: 40_000 }],
  },
}

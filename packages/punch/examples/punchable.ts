// The technique that opens a path between two NATs, and the chance that it works.
import { type AssessedNat, punchable } from '@p2pd/punch'

// Reports of `@p2pd/nat` have this form.
const home: AssessedNat = {
  type: 'port-restricted',
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
  delta: { type: 'preserving', value: 0 },
  portRange: [1024, 65535],
  externalAddresses: ['203.0.113.7'],
}
const carrier: AssessedNat = {
  type: 'symmetric',
  mapping: 'address-and-port-dependent',
  filtering: 'address-and-port-dependent',
  delta: { type: 'random', value: 0 },
  portRange: [4096, 6143],
  externalAddresses: ['198.51.100.9'],
}

for (const protocol of ['udp', 'tcp'] as const) {
  const { technique, expected, reason } = punchable(home, carrier, protocol)
  const outcome = reason ?? `${Math.round(expected * 100)} %`
  console.log(`${protocol}, towards a random symmetric NAT of 2048 ports: ${technique} (${outcome})`)
}

import { UDX_MISSING } from '../punching/punch-attempt.ts'
import { punchStrategy } from './punch.ts'

/** Strategy `udp-punch`: both peers send through their NATs at the same time; a udx stream runs on the path that opens. */
export const udpPunch = punchStrategy('udp-punch', 'udp', ({ udx }) =>
  udx === undefined ? UDX_MISSING : undefined,
)

import { punchStrategy } from './punch.ts'

/** Strategy `tcp-punch`: both peers dial through their NATs at the same time. */
export const tcpPunch = punchStrategy('tcp-punch', 'tcp', () => undefined)

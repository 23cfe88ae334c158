export { reportOf as natOf } from '../src/meeting/nat-report.ts'
export { prepareSide as prepare } from '../src/meeting/prepare-side.ts'

export type Protocol = 'udp' | 'tcp'

import type { InterfaceNat } from '../../gathering/reflexive-gatherer.ts'

/** Whether no packet of a protocol leaves this host's networks. Nothing is known before a NAT was tested. */
export function isBlocked(reports: readonly InterfaceNat[], protocol: 'udp' | 'tcp'): boolean {
  const tested = reports.filter((one) => one.protocol === protocol)
  return tested.length > 0 && tested.every(({ report }) => report.type === 'blocked')
}

/** Whether nobody can predict a port of this host's NATs, so that most peers behind a NAT need a relay. */
export function isUnpredictable(reports: readonly InterfaceNat[]): boolean {
  return (
    reports.length > 0 &&
    reports.every(({ report }) => {
      if (report.type === 'blocked') return true
      return report.mapping !== 'endpoint-independent' && report.delta.type === 'random'
    })
  )
}

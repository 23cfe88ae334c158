import type { Interface } from './interface.ts'

/**
 * Whether a NIC's addresses belong into what other machines are told, unless the user says otherwise.
 *
 * The bridges and veth pairs of container engines lead nowhere for others. One that the system sends
 * its own traffic through does: a container's `eth0`, a bridge over the real NIC.
 */
export function publishable(nic: Interface): boolean {
  if (!nic.up || nic.type === 'loopback' || nic.addresses.length === 0) return false
  const inner = nic.type === 'virtual' || nic.type === 'bridge'
  return !inner || nic.default.IPv4 || nic.default.IPv6
}

import type { Interface } from './interface.ts'

/**
 * Whether the addresses of a NIC are published to other machines, unless the user decides otherwise.
 *
 * The bridges and veth pairs of container engines lead nowhere for others. One that the system sends
 * its own traffic through does: a container's `eth0`, a bridge over the real NIC.
 */
export function publishable(nic: Interface): boolean {
  if (!nic.up || nic.type === 'loopback' || nic.addresses.length === 0) return false
  const inner = nic.type === 'virtual' || nic.type === 'bridge'
  return !inner || nic.default.IPv4 || nic.default.IPv6
}

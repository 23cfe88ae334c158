import type { Interface } from './interface.ts'

/**
 * Whether the addresses of a NIC are published to other machines, unless the user decides otherwise.
 *
 * The bridges and veth pairs of container engines lead nowhere for others. One that the system sends
 * its own traffic through does: a container's `eth0`, a bridge over the real NIC.
 */
export function publishable(nic: Interface): boolean {
  if (!isConnected(nic)) return false
  const inner = nic.type === 'virtual' || nic.type === 'bridge'
  return !inner || nic.default.IPv4 || nic.default.IPv6
}

/**
 * The NICs whose addresses are published: the publishable ones, and those through which a server was reached from one of
 * `serverSources`. A machine that has none of them publishes its inner NICs. In a pod, or on a container engine's internal
 * network, it has no others.
 */
export function publishedInterfaces(
  interfaces: readonly Interface[],
  serverSources: ReadonlySet<string> = new Set(),
): Interface[] {
  const reachedServer = (nic: Interface) => nic.addresses.some(({ ip }) => serverSources.has(ip))
  const connected = interfaces.filter(isConnected)
  const published = connected.filter((nic) => publishable(nic) || reachedServer(nic))
  return published.length > 0 ? published : connected
}

function isConnected({ up, type, addresses }: Interface): boolean {
  return up && type !== 'loopback' && addresses.length > 0
}

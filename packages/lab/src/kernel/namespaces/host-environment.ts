import { familyOf } from '@p2pd/netif'
import type { AddressPlan, PlannedHost } from '../../address-plan.ts'

/**
 * The environment variables of a program on a host. `P2PD_LAB_IPV4` and `P2PD_LAB_IPV6` hold the host's own
 * addresses; `P2PD_LAB_ALICE_IPV4` and so on hold those of every host. Commas separate several addresses.
 */
export function hostEnvironment({ hosts }: Pick<AddressPlan, 'hosts'>, host: string): Record<string, string> {
  const own = hosts.find(({ name }) => name === host)
  return Object.fromEntries([
    ...hosts.flatMap((each) => addressVariables(`P2PD_LAB_${variableName(each.name)}_`, each)),
    ...(own === undefined ? [] : addressVariables('P2PD_LAB_', own)),
  ])
}

function addressVariables(prefix: string, host: PlannedHost): [string, string][] {
  const ips = host.nics.flatMap(({ addresses }) => addresses.map(({ ip }) => ip))
  return (['IPv4', 'IPv6'] as const).flatMap((family): [string, string][] => {
    const ofFamily = ips.filter((ip) => familyOf(ip) === family)
    return ofFamily.length === 0 ? [] : [[`${prefix}${family.toUpperCase()}`, ofFamily.join(',')]]
  })
}

function variableName(host: string): string {
  return host.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}

/** The content of /etc/hosts: all names of the plan, and `localhost`. */
export function hostsFile({ names }: Pick<AddressPlan, 'names'>): string {
  const lines = Object.entries(names).flatMap(([name, ips]) => ips.map((ip) => `${ip} ${name}`))
  return ['127.0.0.1 localhost', '::1 localhost', ...lines, ''].join('\n')
}

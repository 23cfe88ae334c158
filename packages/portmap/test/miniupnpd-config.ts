import { join } from 'node:path'

/** How the gateway's miniupnpd is set up. */
export interface GatewaySettings {
  readonly upnp?: boolean
  readonly natPmp?: boolean
  readonly igd1?: boolean
  /** Requests to its port 5351 that are dropped: those of PCP (by the version), or all of both families. @default 'none' */
  readonly drops?: 'pcp' | 'all' | 'none'
  /** @default 5.5.5.1 */
  readonly wan?: string
  readonly moreConfig?: readonly string[]
  /** The external ports that it lets hosts map; `none` for none. @default 1024-65535 */
  readonly allowedPorts?: string
}

/** The lines of its configuration file; what it remembers is in the folder. */
export function configOf(settings: GatewaySettings, folder: string): string[] {
  const { upnp = true, natPmp = true, igd1 = false, moreConfig = [] } = settings
  const { allowedPorts = '1024-65535' } = settings
  const yes = (value: boolean) => (value ? 'yes' : 'no')
  return [
    'ext_ifname=wan',
    'ext_ifname6=wan',
    'listening_ip=lan',
    'http_port=5000',
    `enable_upnp=${yes(upnp)}`,
    `enable_natpmp=${yes(natPmp)}`,
    `force_igd_desc_v1=${yes(igd1)}`,
    'secure_mode=yes',
    // The epoch is that of the machine, so that a restart does not show in it.
    'system_uptime=yes',
    'min_lifetime=120',
    'max_lifetime=86400',
    `lease_file=${join(folder, 'leases')}`,
    `lease_file6=${join(folder, 'leases6')}`,
    'uuid=00000000-0000-4000-8000-000000000001',
    'upnp_table_name=filter',
    'upnp_nat_table_name=filter',
    'upnp_forward_chain=miniupnpd',
    'upnp_nat_chain=prerouting_miniupnpd',
    'upnp_nat_postrouting_chain=postrouting_miniupnpd',
    ...moreConfig,
    ...(allowedPorts === 'none' ? [] : [`allow ${allowedPorts} 0.0.0.0/0 1024-65535`]),
    'deny 0-65535 0.0.0.0/0 0-65535',
  ]
}

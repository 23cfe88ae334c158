import type { FailedAttempt, RefusalReason } from '@p2pd/portmap'

const SWITCH_ON = "switch on UPnP in the router's settings, or forward the port there by hand"

/** The explanation when no gateway has said anything at all. */
export const NO_GATEWAY = `no gateway answered by PCP, NAT-PMP or UPnP: ${SWITCH_ON}`

/** A way out of each refusal, the most telling one first: nobody but the router's owner can take it. */
const REMEDIES: readonly (readonly [RefusalReason, string])[] = [
  [
    'not-authorized',
    "allow this device to open ports in the router's settings, or forward the port there by hand",
  ],
  [
    'unresponsive',
    "the router probably allows nobody to open this port: allow this device to open ports in the router's settings, or forward the port there by hand",
  ],
  ['no-resources', "remove port mappings that nobody needs in the router's settings, or restart it"],
  [
    'no-external-network',
    'ask the provider for a public IPv4 address, or a second router for its forwarding: until then others reach this machine by IPv6, punching or a relay',
  ],
  [
    'nat-between',
    'another router stands in between: switch one of the two to bridge mode, or forward the port in both by hand',
  ],
  ['failed', 'restart the router, or forward the port in its settings by hand'],
]

/** Says why gateways map no port, and the way out. One sentence for all gateways that say the same. */
export function explainRefusals(failed: readonly FailedAttempt[]): string[] {
  const routers = new Map<string, string[]>()
  for (const gateway of new Set(failed.map((attempt) => attempt.gateway))) {
    const said = explain(failed.filter((attempt) => attempt.gateway === gateway))
    if (said !== undefined) routers.set(said, [...(routers.get(said) ?? []), gateway])
  }
  const sentences = [...routers].map(([said, gateways]) => `the router ${gateways.join(' and ')} ${said}`)
  return sentences.length > 0 ? sentences : [NO_GATEWAY]
}

function explain(failed: readonly FailedAttempt[]): string | undefined {
  for (const [outcome, remedy] of REMEDIES) {
    const found = failed.find((attempt) => attempt.outcome === outcome)
    if (found !== undefined) return `refuses (${found.protocol}): ${found.reason}; ${remedy}`
  }
  const unsupported = failed.filter(({ outcome }) => outcome === 'unsupported')
  const byUpnp = unsupported.find(({ protocol }) => protocol.startsWith('upnp'))
  const isOff = failed.some(({ outcome }) => outcome === 'closed')
  if (isOff && byUpnp === undefined)
    return `has PCP and NAT-PMP switched off, and no answer by UPnP: ${SWITCH_ON}`
  const other = byUpnp ?? unsupported[0]
  return other && `maps no ports (${other.protocol}): ${other.reason}; ${SWITCH_ON}`
}

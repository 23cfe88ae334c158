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

/** Says why a gateway maps no port, and the way out. One sentence for each gateway. */
export function explainRefusals(failed: readonly FailedAttempt[]): string[] {
  const gateways = [...new Set(failed.map(({ gateway }) => gateway))]
  const sentences = gateways.flatMap((gateway) => {
    const own = failed.filter((attempt) => attempt.gateway === gateway)
    return explainGateway(gateway, own) ?? []
  })
  return sentences.length > 0 ? sentences : [NO_GATEWAY]
}

function explainGateway(gateway: string, failed: readonly FailedAttempt[]): string | undefined {
  for (const [outcome, remedy] of REMEDIES) {
    const found = failed.find((attempt) => attempt.outcome === outcome)
    if (found !== undefined)
      return `the router ${gateway} refuses (${found.protocol}): ${found.reason}; ${remedy}`
  }
  const isOff = failed.some(({ outcome }) => outcome === 'closed')
  if (isOff)
    return `the router ${gateway} has PCP and NAT-PMP switched off, and no answer by UPnP: ${SWITCH_ON}`
  const other = failed.find(({ outcome }) => outcome === 'unsupported')
  return other && `the router ${gateway} maps no ports (${other.protocol}): ${other.reason}; ${SWITCH_ON}`
}

/** How far a protocol has got: asked, ready to be used, or of no use. */
export type ProtocolState = 'pending' | 'usable' | 'absent'

/** Where an attempt at one gateway stands. A usable PCP has granted already; the others can be asked to. */
export interface AttemptProgress {
  readonly pcp: ProtocolState
  readonly natPmp: ProtocolState
  readonly upnp: ProtocolState
  /** Since the three were asked. */
  readonly elapsedMs: number
}

/** The next thing to do. */
export type AttemptStep =
  | { readonly type: 'use-pcp' | 'map-nat-pmp' | 'map-upnp' | 'fail' }
  /** Until something is answered, or until so many milliseconds since the three were asked. */
  | { readonly type: 'wait'; readonly untilMs?: number }

/** One program answers both on most gateways, and PCP is asked first: a silence beside NAT-PMP means no PCP. */
const PCP_HEAD_START_MS = 50
/** A gateway one hop away that answers over UDP has done so by then; SSDP alone takes 175 ms. */
const UDP_HEAD_START_MS = 150

/** Decides which protocol to use: PCP, then NAT-PMP, then UPnP, and none is waited for long. */
export function chooseStep({ pcp, natPmp, upnp, elapsedMs }: AttemptProgress): AttemptStep {
  if (pcp === 'usable') return { type: 'use-pcp' }
  if (natPmp === 'usable') {
    const wait = pcp === 'pending' && elapsedMs < PCP_HEAD_START_MS
    return wait ? { type: 'wait', untilMs: PCP_HEAD_START_MS } : { type: 'map-nat-pmp' }
  }
  const overUdp = pcp === 'pending' || natPmp === 'pending'
  if (upnp === 'usable') {
    const wait = overUdp && elapsedMs < UDP_HEAD_START_MS
    return wait ? { type: 'wait', untilMs: UDP_HEAD_START_MS } : { type: 'map-upnp' }
  }
  return overUdp || upnp === 'pending' ? { type: 'wait' } : { type: 'fail' }
}

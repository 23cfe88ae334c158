/** How far a protocol has got: asked, ready to be used, or of no use. */
export type ProtocolState = 'pending' | 'usable' | 'absent'

/** Where an attempt at one gateway stands. A usable PCP has granted already; the others can be asked to. */
export interface AttemptProgress {
  readonly pcp: ProtocolState
  readonly natPmp: ProtocolState
  /** Whether NAT-PMP has named an external address that others can reach. */
  readonly isNatPmpPublic: boolean
  readonly upnp: ProtocolState
  /** Since the three were asked. */
  readonly elapsedMs: number
}

/** The next thing to do. */
export type AttemptStep =
  | { readonly type: 'use-pcp' | 'map-nat-pmp' | 'map-upnp' | 'fail' }
  /** Until something is answered, or until so many milliseconds since the three were asked. */
  | { readonly type: 'wait'; readonly untilMs?: number }

/** A gateway one hop away that answers over UDP has done so by then; SSDP alone takes 175 ms. */
const UDP_HEAD_START_MS = 150

/**
 * Decides which protocol to use: PCP, then NAT-PMP, then UPnP, and none is waited for long. PCP and NAT-PMP share a port
 * and mostly a program, and PCP is asked first: an answer over NAT-PMP alone means no PCP. Where it names an address of a
 * carrier, PCP may be on its way there and back.
 */
export function chooseStep(progress: AttemptProgress): AttemptStep {
  const { pcp, natPmp, upnp, isNatPmpPublic, elapsedMs } = progress
  const wait = (isPending: boolean) => isPending && elapsedMs < UDP_HEAD_START_MS
  const untilMs = UDP_HEAD_START_MS
  if (pcp === 'usable') return { type: 'use-pcp' }
  if (natPmp === 'usable') {
    return wait(pcp === 'pending' && !isNatPmpPublic) ? { type: 'wait', untilMs } : { type: 'map-nat-pmp' }
  }
  const overUdp = pcp === 'pending' || natPmp === 'pending'
  if (upnp === 'usable') return wait(overUdp) ? { type: 'wait', untilMs } : { type: 'map-upnp' }
  return overUdp || upnp === 'pending' ? { type: 'wait' } : { type: 'fail' }
}

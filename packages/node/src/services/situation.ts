import { joinBytes } from '@p2pd/netif'
import type { PunchNat } from '@p2pd/punch'
import { NodeError } from '../node-error.ts'
import type { PeerPipe } from '../pipes/peer-pipe.ts'
import { decodeRecord, encodeRecord, type NodeRecord } from '../signalling/record.ts'
import { MAX_SIDES, type SideDescription } from '../signalling/side-description.ts'

/** A service of every node: its candidates and NATs, for `p2pd doctor` of a peer that may use it. */
export const SITUATION_SERVICE = 'situation'

/** More than 32 candidates and 8 sides with 16 addresses each take. */
const LONGEST = 32_768

/** A NAT as one family and protocol meet it. */
export type KnownNat = Pick<SideDescription, 'family' | 'protocol'> & {
  readonly report: PunchNat & { readonly confidence?: number }
}

/** The situation of a node: its candidates, and its NATs as sides that keep no mapping. */
export function situationOf(node: {
  candidates(): NodeRecord['candidates']
  natReports(): readonly KnownNat[]
}): NodeRecord {
  return { candidates: node.candidates(), sides: sidesOf(node.natReports()) }
}

/** NATs as sides that keep no mapping, for `expectations`; those that were not tested are left out. */
export function sidesOf(nats: readonly KnownNat[]): SideDescription[] {
  return nats
    .filter(({ report }) => report.confidence !== 0)
    .slice(0, MAX_SIDES)
    .map(({ family, protocol, report: nat }) => ({
      family,
      protocol,
      side: { nat, endpoints: [], hosts: [] },
    }))
}

/** Answers one caller of the service. */
export async function serveSituation(node: Parameters<typeof situationOf>[0], pipe: PeerPipe): Promise<void> {
  await pipe.send(encodeRecord(situationOf(node)))
  await pipe.close()
}

/** Reads the answer of a peer from a pipe for the service. Fails with `NODE_BAD_MESSAGE`, or as `recv` does. */
export async function readSituation(pipe: PeerPipe): Promise<NodeRecord> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const { data } of pipe) {
    length += data.length
    if (length > LONGEST) throw new NodeError('NODE_BAD_MESSAGE', 'the situation of the peer is too long')
    pieces.push(data)
  }
  return decodeRecord(joinBytes(...pieces))
}

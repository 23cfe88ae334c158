import { familyOf, sameTransportAddress, type TransportAddress } from '@p2pd/netif'
import { type Answer, isAnswer } from '../discovery/observation.ts'
import { isMappingUnderWay, nextInternalPort } from './mapping-sequence.ts'
import { mappingTestIsDone } from './test-progress.ts'
import {
  type DiscoveryView,
  nextSocket,
  primaryServer,
  type ProbeDraft,
  trustedAnswers,
  scheduleOfRoundTrip,
  withPurpose,
} from './view.ts'

/** Beside the primary server: two that agree outvote one that lies. */
const OTHER_SERVERS = 2

/** A destination for the socket whose mappings are compared. */
interface Destination {
  readonly server: number
  readonly to: TransportAddress
}

/** Asks several destinations from one fresh port: the server, its alternate addresses, other servers. RFC 5780 §4.3. */
export function planMapping(view: DiscoveryView): ProbeDraft[] {
  const first = primaryServer(view)
  if (first === undefined) return []
  const asked = withPurpose(view, 'mapping')
  // The answer with the alternate address comes one round trip after the handshake of TCP.
  if (asked.length === 0 && isMappingUnderWay(view)) return []
  const socket = asked[0]?.probe.socket ?? nextSocket(view)
  const internalPort = asked[0]?.probe.internalPort ?? nextInternalPort(view)
  // Dead servers are not replaced: each would cost another time-out.
  const others = asked.length === 0 ? otherServers(view, first) : []
  return [
    { server: first.probe.server, to: first.probe.to },
    ...serversWithAlternate(view).slice(0, 1).flatMap(alternates),
    ...others,
  ]
    .filter(({ to }) => !asked.some(({ probe }) => sameTransportAddress(probe.to, to)))
    .map(({ server, to }) => ({
      purpose: 'mapping',
      test: 'binding',
      socket,
      internalPort,
      server,
      to,
      schedule: scheduleOfRoundTrip(view),
    }))
}

function otherServers(view: DiscoveryView, first: Answer): Destination[] {
  // A late server gets another chance: it may be the only one with an alternate address.
  const dead = new Set(
    view.observations.filter(({ state }) => state === 'unanswered').map(({ probe }) => probe.server),
  )
  for (const { server, answered, trusted } of view.assessment.servers)
    if (answered && !trusted) dead.add(server)
  return view.setup.servers
    .map((to, server) => ({ server, to }))
    .filter(
      ({ server, to }) => server !== first.probe.server && to.ip !== first.probe.to.ip && !dead.has(server),
    )
    .slice(0, OTHER_SERVERS)
}

function alternates({ probe: { server, to }, other }: Answer): Destination[] {
  if (other === undefined) return []
  return [
    { server, to: { ip: other.ip, port: to.port } },
    { server, to: other },
  ]
}

/** Servers with an alternate address for the tests of RFC 5780, the primary one first. */
export function serversWithAlternate(view: DiscoveryView): Answer[] {
  const first = primaryServer(view)
  const answers = trustedAnswers(view).filter(
    ({ probe: { to, server }, other }) =>
      to === view.setup.servers[server] &&
      other !== undefined &&
      other.port > 0 &&
      other.ip !== to.ip &&
      familyOf(other.ip) === familyOf(to.ip),
  )
  const unique = answers.filter(
    (answer, index) => answers.findIndex(({ probe }) => probe.server === answer.probe.server) === index,
  )
  return unique.sort(
    (a, b) => Number(b.probe.server === first?.probe.server) - Number(a.probe.server === first?.probe.server),
  )
}

/** Asks again where mappings differ: a server that invents answers does not repeat them. */
export function planVerify(view: DiscoveryView): ProbeDraft[] {
  const asked = withPurpose(view, 'mapping')
  const mapping = view.assessment.mapping.mapping
  if (mapping === 'endpoint-independent' || !mappingTestIsDone(view)) return []
  if (withPurpose(view, 'verify').length > 0) return []
  return asked.filter(isAnswer).map(({ probe: { id: _, ...probe } }) => ({ ...probe, purpose: 'verify' }))
}

/** Sends from a mapped port to its own mapping: a NAT that hairpins returns the packet. RFC 5780 §4.5. */
export function planHairpin(view: DiscoveryView): ProbeDraft[] {
  const { mapping, translation } = view.assessment
  if (mapping.mapping !== 'endpoint-independent' || translation.untranslated) return []
  if (withPurpose(view, 'hairpin').length > 0) return []
  const mapped = withPurpose(view, 'mapping').filter(isAnswer)[0]
  if (mapped === undefined) return []
  const { id: _, ...probe } = mapped.probe
  // The packet goes to the NAT and back; the NAT of a carrier is some 30 ms away.
  const schedule = { rtoMs: 80, requestCount: 3, backoff: 1, lastWaitMs: 150 }
  const tcp = { rtoMs: 0, requestCount: 1, backoff: 1, lastWaitMs: 500 }
  return [
    {
      ...probe,
      purpose: 'hairpin',
      test: 'hairpin',
      to: mapped.external,
      schedule: view.setup.protocol === 'tcp' ? tcp : schedule,
    },
  ]
}

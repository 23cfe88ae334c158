import { familyOf, sameTransportAddress, type TransportAddress } from '@p2pd/netif'
import { type Answer, isAnswer } from '../discovery/observation.ts'
import { laneIsBusy, nextInternalPort } from './lane.ts'
import { mappingIsSettled } from './settled.ts'
import {
  type DiscoveryView,
  nextSocket,
  primary,
  type ProbeDraft,
  trustedAnswers,
  usualSchedule,
  withPurpose,
} from './view.ts'

/** Beside the primary one: two agree against one that lies. */
const OTHER_SERVERS = 2

/** A place to ask from the socket whose mappings are compared. */
interface Destination {
  readonly server: number
  readonly to: TransportAddress
}

/** Asks several destinations from one fresh port: the server, its alternate addresses, other servers. RFC 5780 §4.3. */
export function planMapping(view: DiscoveryView): ProbeDraft[] {
  const first = primary(view)
  if (first === undefined) return []
  const asked = withPurpose(view, 'mapping')
  // The answer that names the alternate addresses is one round trip later than TCP's handshake.
  if (asked.length === 0 && laneIsBusy(view)) return []
  const socket = asked[0]?.probe.socket ?? nextSocket(view)
  const internalPort = asked[0]?.probe.internalPort ?? nextInternalPort(view)
  // Servers that turn out dead are not replaced: each would cost a time-out more.
  const others = asked.length === 0 ? otherServers(view, first) : []
  return [
    { server: first.probe.server, to: first.probe.to },
    ...helpers(view).slice(0, 1).flatMap(alternates),
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
      schedule: usualSchedule(view),
    }))
}

function otherServers(view: DiscoveryView, first: Answer): Destination[] {
  // One that only was too late gets another chance: it may be the only one with an alternate address.
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

/** Servers with an alternate address that may be used for RFC 5780's tests, the primary one first. */
export function helpers(view: DiscoveryView): Answer[] {
  const first = primary(view)
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

/** Asks again where mappings differ: a server that makes its answers up cannot repeat them. */
export function planVerify(view: DiscoveryView): ProbeDraft[] {
  const asked = withPurpose(view, 'mapping')
  const mapping = view.assessment.mapping.mapping
  if (mapping === 'endpoint-independent' || !mappingIsSettled(view)) return []
  if (withPurpose(view, 'verify').length > 0) return []
  return asked.filter(isAnswer).map(({ probe: { id: _, ...probe } }) => ({ ...probe, purpose: 'verify' }))
}

/** Sends from a mapped port to its own mapping: what comes back came through the NAT. RFC 5780 §4.5 (hairpinning). */
export function planHairpin(view: DiscoveryView): ProbeDraft[] {
  const { mapping, translation } = view.assessment
  if (mapping.mapping !== 'endpoint-independent' || translation.untranslated) return []
  if (withPurpose(view, 'hairpin').length > 0) return []
  const mapped = withPurpose(view, 'mapping').filter(isAnswer)[0]
  if (mapped === undefined) return []
  const { id: _, ...probe } = mapped.probe
  // The way goes to the NAT and back; a carrier's is some 30 ms away.
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

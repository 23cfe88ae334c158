import type { Netcheck, NetcheckRoute, NatReport } from '@p2pd/nat'
import { counted } from '../../text/counted.ts'
import { natWords } from './nat-words.ts'

/** The result of one check of `doctor`. */
export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** The observation that the status follows from. */
  readonly evidence: string
  /** The next thing to do; nothing where all is well. */
  readonly remedy?: string
}

/** Facts beside those of netcheck. */
export interface Surroundings {
  /** Milliseconds since 1970, by the clock of the system. */
  readonly now: number
  /** The reason why no port is mapped, if none is. */
  readonly portmapReason: string | undefined
  /** Host names of servers, and the reason for each that has no address. */
  readonly names: readonly { readonly name: string; readonly reason?: string }[]
}

/** Before this version was written: certificates and time stamps of messages fail. */
const EARLIEST = Date.UTC(2026, 0, 1)

const NO_ROUTE = 'no NIC has a default route'

/** The findings about a machine and its network, in the order in which one explains the next. */
export function findingsOf(checked: Netcheck, facts: Surroundings): Finding[] {
  const routes = checked.interfaces.flatMap(({ routes }) => routes)
  const reachable = [
    names(facts.names),
    reached('UDP out', checked, 'udp'),
    reached('TCP out', checked, 'tcp'),
    ...checked.mqtt.map(({ server, ok, rttMs, reason }) =>
      ok
        ? fine(`broker ${server}`, rttMs === undefined ? 'answers' : `answers in ${rttMs} ms`)
        : failing(
            `broker ${server}`,
            reason ?? 'unknown',
            'Callers need one broker that works: mend it, or name another in --servers.',
          ),
    ),
    ...checked.turn.map(({ server, ok, reason }) =>
      ok
        ? fine(`relay ${server}`, 'gives a relayed address')
        : warning(
            `relay ${server}`,
            reason ?? 'unknown',
            'Check its address and credential in the servers file.',
          ),
    ),
  ]
  return [
    clock(facts.now),
    network(checked),
    ...(isWithoutNetwork(checked) ? reachable.map(afterNetwork) : reachable),
    mapping(checked, facts.portmapReason),
    ipv6(checked),
    ...routes.filter(({ family }) => family === 'IPv4').map(nat),
  ]
}

function clock(now: number): Finding {
  const time = new Date(now).toISOString()
  return now >= EARLIEST
    ? fine('clock', time)
    : failing('clock', time, 'Set the clock: peers drop messages whose time is far off.')
}

/** Hosts of one network without a router reach each other, and servers there. */
function network(checked: Netcheck): Finding {
  const { interfaces } = checked
  const ways = interfaces
    .filter((nic) => nic.up && (nic.default.IPv4 || nic.default.IPv6))
    .map(({ name }) => name)
  if (ways.length > 0) return fine('network', `a default route through ${ways.join(', ')}`)
  const own = interfaces.filter(({ up, routes }) => up && routes.length > 0).map(({ name }) => name)
  if (own.length > 0 && isAnyThere(checked))
    return warning(
      'network',
      `${NO_ROUTE}: ${own.join(', ')} leads to its own network alone`,
      'Not needed for peers there; for others connect this network to a router.',
    )
  return failing(
    'network',
    NO_ROUTE,
    'Connect a cable or join a network; peers on this machine can still be called.',
  )
}

function names(looked: Surroundings['names']): Finding {
  const bad = looked.filter(({ reason }) => reason !== undefined)
  if (looked.length === 0) return fine('DNS', 'not needed: no server has a name')
  if (bad.length === 0)
    return fine(
      'DNS',
      `${counted(looked.length, 'name')} of servers ${looked.length === 1 ? 'has an address' : 'have addresses'}`,
    )
  const evidence = bad.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
  const remedy = 'Check /etc/resolv.conf, or name servers by address.'
  return bad.length < looked.length ? warning('DNS', evidence, remedy) : failing('DNS', evidence, remedy)
}

/** No default route, and no server that answers: one on a cable without a router may. */
function isWithoutNetwork(checked: Netcheck): boolean {
  const leads = checked.interfaces.some((nic) => nic.up && (nic.default.IPv4 || nic.default.IPv6))
  return !leads && !isAnyThere(checked)
}

/** A host that refuses has been reached: the server is to blame, and not the network. */
function isAnyThere({ stun, mqtt }: Pick<Netcheck, 'stun' | 'mqtt'>): boolean {
  return stun.some(({ ok }) => ok) || mqtt.some(({ ok, reached = [] }) => ok || reached.length > 0)
}

/** Neither firewalls nor servers are to blame where no NIC leads to them. */
function afterNetwork(finding: Finding): Finding {
  return finding.status === 'ok' ? finding : { ...finding, remedy: 'Mend the network first, see above.' }
}

/** STUN servers of one transport; any other server that is reached by it proves as much. */
function reached(check: string, { stun, mqtt, turn }: Netcheck, transport: 'udp' | 'tcp'): Finding {
  const isTcp = (uri: string) => uri.startsWith('stuns:') || uri.includes('transport=tcp')
  const asked = stun.filter(({ server }) => isTcp(server) === (transport === 'tcp'))
  const answered = asked.filter(({ ok }) => ok).length
  if (answered > 0)
    return fine(
      check,
      `${answered} of ${counted(asked.length, 'STUN server')} ${answered === 1 ? 'answers' : 'answer'}`,
    )
  const isUp = ({ ok, reached = [] }: Netcheck['mqtt'][number]) =>
    ok && (reached.length === 0 || reached.some(({ webOnly }) => !webOnly))
  if (transport === 'tcp' && mqtt.some(isUp)) return fine(check, 'a broker answers')
  const ways = [...mqtt, ...turn].flatMap(({ server, reached = [] }) =>
    reached.filter(({ protocol }) => protocol === transport).map(({ webOnly }) => ({ server, webOnly })),
  )
  const open = ways.find(({ webOnly }) => !webOnly)
  if (open !== undefined) return fine(check, `${open.server} is reached`)
  const [web] = ways
  if (web !== undefined)
    return warning(
      check,
      `${web.server} is reached at a web port, and no other port is known to be open`,
      'Some firewalls let only the web out: peers are then reached by UDP, or by a relay.',
    )
  if (asked.length === 0)
    return warning(check, 'unknown: no STUN server of this kind is named', 'Name one in --servers.')
  const reasons = [...new Set(asked.map(({ reason }) => reason ?? 'no answer'))].join('; ')
  return failing(
    check,
    `${asked.length === 1 ? 'the one STUN server does not answer' : `none of ${asked.length} STUN servers answers`}: ${reasons}`,
    `A firewall may drop ${transport.toUpperCase()}: allow it outwards.`,
  )
}

function mapping({ portmap }: Netcheck, reason: string | undefined): Finding {
  return portmap.length > 0
    ? fine('port mapping', `${portmap.length} granted`)
    : warning('port mapping', reason ?? 'unknown', remedyOfMapping(reason))
}

function remedyOfMapping(reason = ''): string {
  if (reason.includes('default route')) return 'Not needed without a router.'
  return reason.includes('P2PD_PORT_MAPPING')
    ? 'Unset P2PD_PORT_MAPPING, if peers cannot reach this machine otherwise.'
    : 'Switch UPnP or PCP on in the router, if peers cannot reach this machine otherwise.'
}

function ipv6({ interfaces, stun }: Netcheck): Finding {
  const has = interfaces.some((nic) => nic.up && nic.default.IPv6)
  if (!has)
    return warning('IPv6', 'no default route for IPv6', 'Not needed; with it most NATs do not matter.')
  const answers = stun.some(({ ok, family }) => ok && family === 'IPv6')
  return answers
    ? fine('IPv6', 'a STUN server answers over it')
    : warning(
        'IPv6',
        'a default route, and no STUN server has answered over it',
        'Not needed; with it most NATs do not matter.',
      )
}

function nat({ nicAddresses, nat: { udp, tcp } }: NetcheckRoute): Finding {
  const check = `NAT of ${nicAddresses[0] ?? 'unknown'}`
  const evidence = `UDP ${wordsOf(udp)}; TCP ${wordsOf(tcp)}; hairpin ${udp.hairpin ? 'yes' : 'no'}`
  if (udp.confidence === 0 && tcp.confidence === 0)
    return warning(
      check,
      `unknown: ${udp.evidence[0] ?? 'not tested'}`,
      udp.evidence[0]?.includes('default route')
        ? 'Not needed without a router.'
        : 'Name STUN servers that answer in --servers.',
    )
  if (udp.type === 'blocked' && tcp.type === 'blocked')
    return failing(check, evidence, 'Allow TCP or UDP outwards in the firewall.')
  if (udp.type === 'symmetric' && udp.delta.type === 'random')
    return warning(
      check,
      evidence,
      'Peers behind a NAT of the same kind need a relay: name one in --servers, or have the router map a port.',
    )
  return fine(check, evidence)
}

/** The reason stands where a NAT was not tested. */
function wordsOf(report: NatReport): string {
  const { confidence, evidence } = report
  return confidence === 0 ? `unknown (${evidence[0] ?? 'not tested'})` : natWords(report)
}

function fine(check: string, evidence: string): Finding {
  return { check, status: 'ok', evidence }
}

function warning(check: string, evidence: string, remedy: string): Finding {
  return { check, status: 'warn', evidence, remedy }
}

function failing(check: string, evidence: string, remedy: string): Finding {
  return { check, status: 'fail', evidence, remedy }
}

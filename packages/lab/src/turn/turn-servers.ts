import { type Servers, startStunServer } from '@p2pd/infra'
import { type Clock, familyOf, type Network, type RandomBytes } from '@p2pd/netif'
import { formatTurnUri } from '@p2pd/turn'
import type { Scenario, TurnEntry } from '../scenario.ts'
import { withoutUdpAt } from './faulty-network.ts'
import { ScheduledServer } from './scheduled-server.ts'

/** RFC 8656 §18.6. */
const TURN_PORT = 3478
/** The embedded server takes no more addresses of one family. */
const MAX_ADDRESSES = 2

/** The Internet that TURN servers run in: virtual, or of real kernels. */
export interface TurnSurroundings {
  /** A host of the scenario. */
  readonly host: (name: string) => { readonly addresses: readonly string[]; readonly network: Network }
  /** Virtual time, or that of this machine. */
  readonly clock: Clock
  readonly random: RandomBytes
}

/** The TURN servers of a scenario, running. */
export interface ScenarioTurnServers {
  /** The entries of a servers file: each address by UDP and by TCP. */
  readonly servers: Servers['turn']
  /** Ends them. Rejects when one of them could not start again. */
  close(): Promise<void>
}

/**
 * Starts the TURN servers that a scenario names, with their faults, on hosts of either Internet. Each is the embedded
 * server, which answers STUN as well. `runScenario` does it by itself. Rejects with `LAB_UNKNOWN_NAME`, or as a listener does.
 */
export async function startTurnServers(
  { turn = [] }: Pick<Scenario, 'turn'>,
  surroundings: TurnSurroundings,
): Promise<ScenarioTurnServers> {
  const started: ScheduledServer[] = []
  const close = async () => void (await Promise.all(started.map((server) => server.close())))
  try {
    for (const entry of turn) {
      const server = new ScheduledServer(() => startServer(entry, surroundings))
      await server.open(surroundings.clock, entry)
      started.push(server)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { servers: turn.flatMap((entry) => entriesOf(entry, surroundings)), close }
}

function startServer(entry: TurnEntry, surroundings: TurnSurroundings) {
  const { port = TURN_PORT, udp = 'open', relaysTcp = true, quota } = entry
  const { clock, random } = surroundings
  const { network } = surroundings.host(entry.host)
  const { username, credential } = userOf(entry)
  return startStunServer({
    hosts: addressesOf(entry, surroundings),
    port,
    network: udp === 'blocked' ? withoutUdpAt(port, network) : network,
    clock,
    random,
    turn: {
      users: { [username]: credential },
      // The addresses of the lab are those of nobody else.
      allowPrivatePeers: true,
      relaysTcp,
      ...(quota !== undefined && { limits: { perUser: quota } }),
    },
  })
}

/** A blocked transport is among them: the file of a user does not know the fault. */
function entriesOf(entry: TurnEntry, surroundings: TurnSurroundings): Servers['turn'] {
  const { port = TURN_PORT } = entry
  return addressesOf(entry, surroundings).flatMap((host) =>
    (['udp', 'tcp'] as const).map((transport) => ({
      uri: formatTurnUri({ scheme: 'turn', host, port, transport }),
      ...userOf(entry),
    })),
  )
}

function userOf({ username = 'u', credential = 'p' }: TurnEntry) {
  return { username, credential }
}

function addressesOf({ host }: TurnEntry, surroundings: TurnSurroundings): string[] {
  const { addresses } = surroundings.host(host)
  const of = (family: string) => addresses.filter((ip) => familyOf(ip) === family).slice(0, MAX_ADDRESSES)
  return [...of('IPv4'), ...of('IPv6')]
}

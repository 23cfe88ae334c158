import { presets } from '@p2pd/lab'
import type { Family } from '@p2pd/netif'
import type { CallOptions, PeerPipe } from '@p2pd/node'
import { far, pairOf, type Testbed, type TestbedOptions, withNodes } from '../connect/testbed.ts'
import { virtualTurn, type VirtualTurn } from '../hosts/virtual-turn.ts'

/** Two nodes and the server between them. */
export interface Relayed extends Pick<TestbedOptions, 'seed' | 'hosts' | 'resumeMs' | 'relays'> {
  readonly relaysTcp?: boolean
  /** Those of the server. @default IPv4 */
  readonly turnFamilies?: readonly Family[]
  /** The transports by which each host reaches the server. @default TCP for both */
  readonly transports?: readonly (readonly ('udp' | 'tcp')[])[]
}

/** Two hosts behind NATs with random ports, which cannot meet. */
export const RANDOM_HOSTS = [1, 2].map(() => far({ nat: presets['symmetric-random'] }))

/** Runs two nodes and one TURN server. */
export async function withRelay(
  { relaysTcp = true, turnFamilies = ['IPv4'], transports = [['tcp'], ['tcp']], ...options }: Relayed,
  play: (testbed: Testbed, turn: VirtualTurn) => Promise<void>,
): Promise<void> {
  let server: VirtualTurn | undefined
  const turn: TestbedOptions['turn'] = async (net) => {
    const started = await virtualTurn(net, { relaysTcp, families: turnFamilies })
    server = started
    return (host) => started.servers(...(transports[host] ?? []))
  }
  await withNodes({ stun: 'IPv4', echo: false, turn, ...options }, (testbed) =>
    play(testbed, server as VirtualTurn),
  )
}

/** Connects the first node to the second one; both pipes. */
export async function connect(
  testbed: Testbed,
  options?: CallOptions,
): Promise<readonly [PeerPipe, PeerPipe]> {
  const [alice, bob] = pairOf(testbed)
  const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
  return [await alice.connect(bob.id, options), await accepted]
}

import { VirtualInternet } from '@p2pd/lab'
import { far, type Line, pairOf, R_S, slowToConnect, withNodes } from '../../test/connect/testbed.ts'
import { virtualNode } from '../../test/hosts/virtual-node.ts'
import type { ConnectCase } from './connect-cases.ts'

/** Round trips before MQTT's first message: TCP and CONNECT. */
const HANDSHAKES = 2

/** The milliseconds to connect in the virtual Internet of each seed. */
export async function virtualTimes(
  how: ConnectCase,
  seeds: readonly number[],
  line: Line,
): Promise<number[]> {
  const times: number[] = []
  const hosts = [how.callerNat, how.nat].map((nat) => far(nat === undefined ? {} : { nat }, line))
  const stun = how.callerNat === undefined ? {} : { stun: 'IPv4' as const }
  for (const seed of seeds) {
    await withNodes({ seed, hosts, ...stun }, async (world) => {
      const [caller, peer] = pairOf(world)
      const target = how.by === 'id' ? peer.id : await peer.address()
      const options = how.callerNat === undefined ? {} : { strategies: [how.strategy] }
      const { strategy, elapsedMs } = (await caller.connect(target, options)).connection
      // After packet loss another strategy may rightly be first.
      if (strategy !== how.strategy && line.loss === undefined)
        throw new Error(`${how.name}, seed ${seed}: connected by ${strategy}`)
      times.push(elapsedMs)
    })
  }
  return times
}

/** The milliseconds until a node could be called. */
export async function virtualStarts(seeds: readonly number[], line: Line): Promise<number[]> {
  const times: number[] = []
  for (const seed of seeds) {
    const net = new VirtualInternet({ seed })
    const broker = net.broker({ delayMs: R_S / 8 })
    slowToConnect(net, broker, HANDSHAKES)
    const host = net.host(far({}, line))
    await net.run(async () => {
      const startedAt = net.clock.now()
      const node = await virtualNode({ net, host, brokers: [broker] })
      await node.ready()
      times.push(net.clock.now() - startedAt)
      await node.close()
    })
  }
  return times
}

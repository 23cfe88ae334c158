import type { PeerPipe } from '@p2pd/node'
import { presets, type VirtualHost, type VirtualInternet } from '../../../../packages/lab/src/index.ts'
import { far, pairOf, withNodes } from '../../../../packages/lab/test/connect/testbed.ts'
import { virtualTurn } from '../../../../packages/lab/test/hosts/virtual-turn.ts'
import { type Stage, startStage } from './daemon-stage.ts'

/** A daemon in the virtual Internet, with a pipe on a relay. */
export interface MovingPipe {
  readonly stage: Stage
  /** Gives the daemon's host an open line; resolves once the pipe has moved to a direct path. */
  plugIn(): Promise<void>
  /** Lets no virtual time pass until the browser has done its work. */
  hold<T>(work: Promise<T>): Promise<T>
}

const nat = presets['symmetric-random']

/** A caller behind a NAT with random ports; the daemon behind one, too, with an open line that is not plugged in yet. */
function hosts(net: VirtualInternet): readonly VirtualHost[] {
  const { link = {} } = far({ nat })
  const caller = net.host({ name: 'caller', nat, link })
  const behind = [net.box(nat, { link }), net.box({ kind: 'open' }, { link })]
  const own = net.host({ name: 'own', behind })
  own.setNic('eth1', 'down')
  return [caller, own]
}

/** Runs a test with a daemon in the virtual Internet, which a peer has called by a relay. */
export function withMovingPipe(page: string, work: (pipe: MovingPipe) => Promise<void>): Promise<void> {
  const turn = async (net: VirtualInternet) => {
    const server = await virtualTurn(net)
    return (host: number) => (host === 0 ? server.servers('tcp') : [])
  }
  return withNodes({ hosts, turn, stun: 'IPv4', echo: false }, async (testbed) => {
    const { net } = testbed
    const [caller, node] = pairOf(testbed)
    const stage = await net.hold(startStage({ node, page }))
    try {
      const accepted = new Promise<PeerPipe>((resolve) => node.onPipe(resolve))
      const [, pipe] = await Promise.all([caller.connect(node.id), accepted])
      const moved = new Promise<void>((resolve) =>
        pipe.onPathChange(({ type }) => {
          if (type === 'path') resolve()
        }),
      )
      await work({
        stage,
        plugIn: () => {
          testbed.hosts[1]?.setNic('eth1', 'up')
          return moved
        },
        hold: (waiting) => net.hold(waiting),
      })
    } finally {
      await stage.close()
    }
  })
}

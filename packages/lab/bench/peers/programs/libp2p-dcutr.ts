/** js-libp2p with TCP, a circuit relay and DCUtR, which upgrades the relayed connection when it can. */
import { runEnd, UPGRADE_MS } from './end.ts'
import { Libp2pNode, loadModules } from './libp2p-node.ts'

let modules: Awaited<ReturnType<typeof loadModules>>

await runEnd({
  load: async () => void (modules = await loadModules(['dcutr'])),
  async start(settings) {
    const node = await Libp2pNode.start(modules, settings, { services: { dcutr: modules.dcutr.dcutr() } })
    return {
      listen: node.listen,
      async connect(target) {
        const relayed = await node.overRelay(target)
        return { ...relayed, better: async () => (await node.overDirect(target, UPGRADE_MS)) ?? relayed }
      },
    }
  },
})

/**
 * js-libp2p with its WebRTC transport, whose descriptions go through a circuit relay. When WebRTC fails the caller takes the
 * relayed connection. DCUtR is left out: it would dial WebRTC from the other side at the same time, and both would fail.
 */
import { runEnd } from './end.ts'
import { Libp2pNode, loadModules } from './libp2p-node.ts'

/** libp2p's own limit for one address. */
const WEBRTC_MS = 6000

let modules: Awaited<ReturnType<typeof loadModules>>

await runEnd({
  load: async () => void (modules = await loadModules(['webrtc'])),
  async start(settings) {
    const rtcConfiguration = { iceServers: [{ urls: `stun:${settings.turnIp}:3478` }] }
    const transports = [modules.webrtc.webRTC({ rtcConfiguration })]
    const node = await Libp2pNode.start(modules, settings, { transports, listen: ['/webrtc'] })
    return {
      listen: node.listen,
      connect: (target) => node.overWebrtc(target, WEBRTC_MS).catch(() => node.overRelay(target)),
    }
  },
})

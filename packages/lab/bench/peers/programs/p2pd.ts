/** p2pd as its README starts it, with an identity of its own and the lab's servers. */
import { type EndStream, loadModule, ofDuplex, runEnd, upgraded } from './end.ts'

let p2pd: Awaited<ReturnType<typeof loadModule>>

await runEnd({
  load: async () => void (p2pd = await loadModule('p2pd')),
  async start({ turnIp, turnIpv6, turnUser, turnPassword, broker, target }) {
    const turn = ['udp', 'tcp'].map((transport) => ({
      uri: `turn:${turnIp}:3478?transport=${transport}`,
      username: turnUser,
      credential: turnPassword,
    }))
    const stun = [turnIp, `[${turnIpv6}]`].flatMap((host) => [
      `stun:${host}:3478`,
      `stun:${host}:3478?transport=tcp`,
    ])
    const node = await p2pd.startNode({
      servers: { stun, turn, mqtt: [broker] },
      identity: p2pd.createIdentity(),
      waitForBrokers: target === undefined, // A caller does not.
    })
    return {
      async listen(onStream) {
        await node.ready()
        node.onPipe((pipe: { stream: Parameters<typeof ofDuplex>[0] }) => onStream(ofDuplex(pipe.stream)))
        return node.id
      },
      async connect(target) {
        const pipe = await node.connect(target)
        const stream: EndStream = ofDuplex(pipe.stream)
        const better = async () => {
          await upgraded(() => pipe.connection.strategy !== 'relay')
          return stream
        }
        return Object.assign(stream, { better })
      },
    }
  },
})

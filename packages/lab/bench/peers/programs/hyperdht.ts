/** hyperdht as its README starts it. A call that finds no direct way is made anew through a relay, as hyperswarm does. */
import { type EndStream, loadModule, ofDuplex, runEnd, upgraded } from './end.ts'

// oxlint-disable-next-line typescript/no-explicit-any
let DHT: any

/** The part of a connection of hyperdht that names the other end. */
type Socket = Parameters<typeof ofDuplex>[0] & { readonly rawStream: { readonly remoteHost: string } }

await runEnd({
  load: async () => void (DHT = (await loadModule('hyperdht')).default),
  async start({ bootstrap, blindRelay }) {
    const node = new DHT({ bootstrap: [...bootstrap] })
    const opened = (options: object, target: string) =>
      new Promise<Socket>((resolve, reject) => {
        const socket = node.connect(Buffer.from(target, 'hex'), options)
        socket.once('open', () => resolve(socket))
        socket.once('error', reject)
      })
    return {
      async listen(onStream) {
        const server = node.createServer((socket: Parameters<typeof ofDuplex>[0]) =>
          onStream(ofDuplex(socket)),
        )
        const keyPair = DHT.keyPair()
        await server.listen(keyPair)
        return keyPair.publicKey.toString('hex') as string
      },
      async connect(target) {
        const relayThrough = Buffer.from(blindRelay, 'hex')
        const relayHost = bootstrap[0]?.split(':')[0]
        const socket = await opened({}, target).catch(() => opened({ relayThrough }, target))
        const stream: EndStream = ofDuplex(socket)
        const better = async () => {
          await upgraded(() => socket.rawStream.remoteHost !== relayHost)
          return stream
        }
        return Object.assign(stream, { better })
      },
    }
  },
})

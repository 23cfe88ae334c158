/** A circuit relay v2 without its limit of 128 KiB, so that its rate can be measured. `node PROGRAM ADDRESS PORT`. */
import { loadModule } from './end.ts'

const [, , host = '', port = '0'] = process.argv
const [libp2p, tcp, relay, identify, noise, yamux] = await Promise.all(
  [
    'libp2p',
    '@libp2p/tcp',
    '@libp2p/circuit-relay-v2',
    '@libp2p/identify',
    '@libp2p/noise',
    '@libp2p/yamux',
  ].map((name) => loadModule(name)),
)
const address = `/ip4/${host}/tcp/${port}`
const node = await libp2p.createLibp2p({
  // A node takes an address for public when it is announced, or when others have verified it.
  addresses: { listen: [address], announce: [address] },
  transports: [tcp.tcp()],
  connectionEncrypters: [noise.noise()],
  streamMuxers: [yamux.yamux()],
  services: {
    identify: identify.identify(),
    relay: relay.circuitRelayServer({ reservations: { defaultDataLimit: 1n << 40n } }),
  },
})
process.stdout.write(`${JSON.stringify({ address: String(node.getMultiaddrs()[0]) })}\n`)

import { platform } from 'node:process'
import type { Network } from '../network.ts'
import { bindUdp } from './sockets/bind-udp.ts'
import { dialTcp } from './sockets/dial-tcp.ts'
import { listenTcp } from './sockets/listen-tcp.ts'
import { loadInterfaces } from './interfaces/load-interfaces.ts'
import { resolve } from './sockets/resolve-host.ts'

/**
 * libuv sets SO_REUSEADDR: on Linux that is enough for connections from one port to several remotes. BSDs and macOS ask for
 * SO_REUSEPORT, and on Windows libuv sets neither.
 */
const reusesTcpPorts = platform === 'linux' || platform === 'android'

/** The network of the machine this runs on. */
export const systemNetwork: Network = {
  interfaces: loadInterfaces,
  bindUdp,
  dial: dialTcp,
  listenTcp,
  resolve,
  reusesTcpPorts,
}

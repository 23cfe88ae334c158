import type { Network } from '../network.ts'
import { bindUdp } from './bind-udp.ts'
import { dialTcp } from './dial-tcp.ts'
import { listenTcp } from './listen-tcp.ts'
import { loadInterfaces } from './load-interfaces.ts'
import { resolve } from './resolve-host.ts'

/** The network of the machine this runs on. */
export const systemNetwork: Network = {
  interfaces: loadInterfaces,
  bindUdp,
  dial: dialTcp,
  listenTcp,
  resolve,
}

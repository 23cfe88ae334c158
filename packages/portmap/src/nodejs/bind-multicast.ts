import { createSocket } from 'node:dgram'
import { type BindOptions, checkTransportAddress, familyOf, splitZone, type UdpSocket } from '@p2pd/netif'
import { translateOsError, udpSocketOf } from '@p2pd/netif/node'

/** Searches are for the link and what is next to it. UPnP Device Architecture 1.1 §1.3.2. */
const MULTICAST_TTL = 2

/**
 * Binds a socket whose multicast leaves through the NIC of its address. Without it some systems choose a NIC by
 * themselves: one of a virtual machine, say, or of a VPN. Throws `NETIF_INVALID_ARGUMENT`, and rejects with the
 * `NetifError` of a code of the system, such as `NETIF_ADDRESS_IN_USE`.
 */
export function bindMulticast({ local, interfaceName }: BindOptions): Promise<UdpSocket> {
  checkTransportAddress(local)
  const six = familyOf(local.ip) === 'IPv6'
  const raw = createSocket({ type: six ? 'udp6' : 'udp4', ipv6Only: six })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      raw.close()
      reject(translateOsError(error, `bind UDP to ${local.ip} for multicast`))
    }
    raw.once('error', fail)
    raw.bind({ address: local.ip, port: local.port, exclusive: true }, () => {
      raw.off('error', fail)
      try {
        raw.setMulticastTTL(MULTICAST_TTL)
        raw.setMulticastInterface(six ? `::%${interfaceName ?? splitZone(local.ip).zone ?? ''}` : local.ip)
      } catch (error) {
        return fail(error)
      }
      resolve(udpSocketOf(raw))
    })
  })
}

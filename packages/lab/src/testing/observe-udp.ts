import { type Clock, type TransportAddress, type UdpSocket, within } from '@p2pd/netif'
import { DELTA_PORTS, noObservations, type Observations } from './classify-observations.ts'
import { heard, type ProbeServer } from './probe-server.ts'
import { QUIET_MS, type TestHost } from './test-internet.ts'

/** Internal ports of the other tests, far from those of the delta test. */
const [MAPPING_PORT, FILTERING_PORT, SILENT_PORT] = [40000, 42000, 43000]

/** Observes a host's box with UDP sockets. */
export async function observeUdp(clock: Clock, host: TestHost, server: ProbeServer): Promise<Observations> {
  const bind = (port: number) => host.network.bindUdp({ local: { ip: host.ip, port } })
  const [one, otherPort, otherAddress] = server.endpoints as [
    TransportAddress,
    TransportAddress,
    TransportAddress,
  ]
  const seenAt = (socket: UdpSocket, endpoint: TransportAddress) => {
    const text = `${host.ip} ${socket.local.port} ${endpoint.ip} ${endpoint.port} ${clock.now()}`
    const seen = server.sees(endpoint, text)
    socket.send(new TextEncoder().encode(text), endpoint)
    return seen
  }
  const gotten = (socket: UdpSocket, from: TransportAddress, to: TransportAddress) => {
    const text = `from ${from.ip} ${from.port}`
    const got = within(clock, heard(socket, text), QUIET_MS)
    server.send(from, text, to)
    return got.then((sender) => sender !== undefined)
  }

  const mapping = await bind(MAPPING_PORT)
  const internal = mapping.local
  const first = await seenAt(mapping, one)
  if (first === undefined) {
    mapping.close()
    return noObservations(internal)
  }
  const mapped = [first, await seenAt(mapping, otherPort), await seenAt(mapping, otherAddress)]
  mapping.close()

  const ports: number[] = []
  for (const port of DELTA_PORTS) {
    const socket = await bind(port)
    ports.push((await seenAt(socket, one))?.port ?? 0)
    socket.close()
  }

  const filtering = await bind(FILTERING_PORT)
  const external = (await seenAt(filtering, one)) ?? first
  const [admitsPort, admitsAddress] = await Promise.all([
    gotten(filtering, otherPort, external),
    gotten(filtering, otherAddress, external),
  ])
  filtering.close()

  const silent = await bind(SILENT_PORT)
  const admitsStranger = await gotten(silent, one, { ip: external.ip, port: SILENT_PORT })
  silent.close()
  return { mapped, internal, ports, admitsPort, admitsAddress, admitsStranger }
}

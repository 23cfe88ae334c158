import type { Clock, TransportAddress } from '@p2pd/netif'
import { DELTA_PORTS, noObservations, type Observations } from './classify-observations.ts'
import type { ProbeServer } from './probe-server.ts'
import { PATIENT_MS, type TestHost } from './test-internet.ts'

const [MAPPING_PORT, FILTERING_PORT, SILENT_PORT] = [40000, 42000, 43000]

/** A dial, as both ends see it. */
interface Dialled {
  readonly seen: TransportAddress | undefined
  close(): void
}

/** Observes a host's box with TCP: several dials from one port, and listening on a port that has dialled. */
export async function observeTcp(clock: Clock, host: TestHost, server: ProbeServer): Promise<Observations> {
  const [one, otherPort, otherAddress] = server.endpoints as [
    TransportAddress,
    TransportAddress,
    TransportAddress,
  ]
  const dial = (port: number, remote: TransportAddress) => dialTo(clock, host, server, port, remote)

  const first = await dial(MAPPING_PORT, one)
  if (first.seen === undefined) return noObservations({ ip: host.ip, port: MAPPING_PORT })
  const mapping = [first, await dial(MAPPING_PORT, otherPort), await dial(MAPPING_PORT, otherAddress)]
  const mapped = mapping.map(({ seen }) => seen)

  const delta: Dialled[] = []
  for (const port of DELTA_PORTS) delta.push(await dial(port, one))

  // The dial stays open: its FIN could close the mapping.
  const opener = await dial(FILTERING_PORT, one)
  const external = opener.seen ?? first.seen
  const admits = async (port: number, to: TransportAddress, addresses: readonly (0 | 1)[]) => {
    const listener = await host.network.listenTcp({ local: { ip: host.ip, port } })
    const stop = listener.onConnection(({ stream }) => stream.destroy())
    const reached = await Promise.all(addresses.map((address) => server.reaches(to, address)))
    stop()
    await listener.close()
    return reached
  }
  const [admitsPort = false, admitsAddress = false] = await admits(FILTERING_PORT, external, [0, 1])
  const [admitsStranger = false] = await admits(SILENT_PORT, { ip: external.ip, port: SILENT_PORT }, [0])
  for (const dialled of [...mapping, ...delta, opener]) dialled.close()
  const ports = delta.map(({ seen }) => seen?.port ?? 0)
  return {
    mapped,
    internal: { ip: host.ip, port: MAPPING_PORT },
    ports,
    admitsPort,
    admitsAddress,
    admitsStranger,
  }
}

async function dialTo(
  clock: Clock,
  host: TestHost,
  server: ProbeServer,
  port: number,
  remote: TransportAddress,
): Promise<Dialled> {
  const controller = new AbortController()
  const cancel = clock.at(clock.now() + PATIENT_MS, () => controller.abort())
  const local = { ip: host.ip, port }
  const dialled = await host.network
    .dial({ local, remote, signal: controller.signal })
    .catch((): undefined => undefined)
  cancel()
  if (dialled === undefined) return { seen: undefined, close() {} }
  const text = `${host.ip} ${port} ${remote.ip} ${remote.port} ${clock.now()}`
  const accepted = server.accepts(text)
  dialled.stream.write(text)
  const atServer = await accepted
  return {
    seen: atServer?.remote,
    close() {
      dialled.stream.destroy()
      atServer?.stream.destroy()
    },
  }
}

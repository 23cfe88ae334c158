/**
 * A program in a namespace: obeys commands, prints lines of JSON, releases its mappings on SIGTERM. One program serves
 * several tests, each with a mapper of its own.
 */
import { createInterface } from 'node:readline'
import type { RandomBytes, UdpSocket } from '@p2pd/netif'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import { type Lease, openPortMapper, type PortRequest } from '@p2pd/portmap'
import { fileLeaseStore, systemPorts } from '@p2pd/portmap/node'

const [, , storeFile] = process.argv
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
// A gateway's restart is answered at once: virtual time shows that hosts come back over 5 s.
const random: RandomBytes = (length) => (length === 1 ? Uint8Array.of(0) : systemPorts.random(length))
const openMapper = () =>
  openPortMapper(
    { ...systemPorts, random },
    {
      ...(storeFile !== undefined && storeFile !== '' && { store: fileLeaseStore(storeFile) }),
      log: (event, fields) => process.env['P2PD_DEBUG'] && console.error(event, fields),
    },
  )
let mapper = await openMapper()
const leases: Lease[] = []
const sockets = new Map<number, UdpSocket>()

const commands: Record<string, (...args: never[]) => unknown> = {
  async map(port: number, protocol: 'tcp' | 'udp', address: string, more: Partial<PortRequest> = {}) {
    const nic = (await systemNetwork.interfaces()).find(({ name }) => name === 'eth0')
    if (nic === undefined) throw new Error('no eth0')
    const start = systemClock.now()
    const lease = await mapper.mapPort({ port, protocol, interface: nic, address, ...more })
    const elapsedMs = Math.round(systemClock.now() - start)
    lease.onChange((state) => print({ change: leases.indexOf(lease), state }))
    leases.push(lease)
    return { state: lease.state, elapsedMs }
  },
  /** A mapper that knows nothing of the one before. */
  async open() {
    await end()
    leases.length = 0
    mapper = await openMapper()
  },
  close: () => end(),
  refresh: () => mapper.refresh(),
  async closeLease(index: number) {
    const start = systemClock.now()
    await leases[index]?.close()
    return { elapsedMs: Math.round(systemClock.now() - start) }
  },
  async releaseLeftovers() {
    return mapper.releaseLeftovers(await systemNetwork.interfaces())
  },
  /** Prints what comes in on a UDP port. */
  async listen(port: number, ip: string) {
    const socket = await systemNetwork.bindUdp({ local: { ip, port } })
    socket.onMessage((data, from) =>
      print({ heard: new TextDecoder().decode(data).trim(), from: from.ip, port }),
    )
    sockets.set(port, socket)
  },
}

async function end(): Promise<void> {
  await mapper.close()
  for (const socket of sockets.values()) socket.close()
  sockets.clear()
}

process.once('SIGTERM', () => void end().then(() => process.exit(0)))

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line) as [string, ...never[]]
  try {
    print({ answer: (await commands[name]?.(...args)) ?? null })
  } catch (error) {
    print({ answer: { error: String(error) } })
  }
}
await end()

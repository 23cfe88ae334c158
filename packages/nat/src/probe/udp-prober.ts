import { drive, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import type { ProbeUpdate } from '../discovery/discovery.ts'
import type { Probe } from '../discovery/observation.ts'
import { PacketRate } from './packet-rate.ts'
import { ProbeTransaction } from './probe-transaction.ts'
import { type NatPorts, type Prober, type ProbeSource, TRANSACTION_ID_BYTES } from './prober.ts'

/** One UDP socket for each socket number, with the ids of the transactions that left from it. */
interface OpenSocket {
  readonly socket: Promise<UdpSocket>
  readonly ids: Uint8Array[]
  readonly stop: AbortController
}

/** The offset of the transaction id in a message. RFC 8489 §5. */
const ID_OFFSET = 8

/** Probes over UDP. */
export class UdpProber implements Prober {
  readonly #ports: NatPorts
  readonly #source: ProbeSource
  readonly #sockets = new Map<number, OpenSocket>()
  readonly #window: PacketRate
  readonly #onSent: (probe: Probe) => void

  /** `onSent` is called when the first packet of a probe leaves. */
  constructor(
    ports: NatPorts,
    source: ProbeSource,
    packetsPerSecond: number,
    onSent: (probe: Probe) => void = () => {},
  ) {
    this.#onSent = onSent
    this.#ports = ports
    this.#source = source
    this.#window = new PacketRate(packetsPerSecond)
  }

  launch(probe: Probe, onUpdate: (update: ProbeUpdate) => void): void {
    const open = this.#open(probe)
    const id = this.#ports.random(TRANSACTION_ID_BYTES)
    open.ids.push(id)
    const isOurs = (packet: Uint8Array) => open.ids.some((own) => carries(packet, own))
    const transaction = new ProbeTransaction(probe, id, isOurs, (anomalies) => onUpdate({ anomalies }))
    const run = async (): Promise<ProbeUpdate> => {
      const socket = await open.socket
      const internal: TransportAddress = { ip: this.#source.ip, port: socket.local.port }
      return {
        internal,
        ...(await drive(transaction, this.#paced(socket, probe), this.#ports.clock, open.stop.signal)),
      }
    }
    // The socket could not be bound, or was closed: no answer will come.
    run().then(onUpdate, () => onUpdate({ state: 'cancelled', endedAt: this.#ports.clock.now() }))
  }

  /** Drops packets above the rate: their probes repeat them like lost ones. */
  #paced(socket: UdpSocket, probe: Probe): UdpSocket {
    const { clock } = this.#ports
    let isSent = false
    return {
      local: socket.local,
      send: (data, to) => {
        if (!this.#window.take(clock.now())) return
        if (!isSent) this.#onSent(probe)
        isSent = true
        socket.send(data, to)
      },
      onMessage: (listener) => socket.onMessage(listener),
      close: () => socket.close(),
    }
  }

  close(socket: number): void {
    const open = this.#sockets.get(socket)
    if (open === undefined) return
    this.#sockets.delete(socket)
    open.stop.abort()
    open.socket.then(
      (udp) => udp.close(),
      () => {}, // It never opened, and its probes have failed.
    )
  }

  closeAll(): void {
    for (const socket of this.#sockets.keys()) this.close(socket)
  }

  #open({ socket, internalPort }: Probe): OpenSocket {
    const before = this.#sockets.get(socket)
    if (before !== undefined) return before
    const open = { socket: this.#bind(internalPort), ids: [], stop: new AbortController() }
    this.#sockets.set(socket, open)
    return open
  }

  async #bind(port: number): Promise<UdpSocket> {
    const { interfaceName, ip } = this.#source
    const nic = interfaceName === undefined ? {} : { interfaceName }
    try {
      return await this.#ports.network.bindUdp({ local: { ip, port }, ...nic })
    } catch {
      // The port is in use, most likely; any other error returns here.
      return this.#ports.network.bindUdp({ local: { ip, port: 0 }, ...nic })
    }
  }
}

function carries(packet: Uint8Array, id: Uint8Array): boolean {
  return id.every((byte, i) => packet[ID_OFFSET + i] === byte)
}

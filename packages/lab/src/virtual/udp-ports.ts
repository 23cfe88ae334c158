import {
  type BindOptions,
  checkPort,
  checkTransportAddress,
  familyOf,
  formatTransportAddress,
  NetifError,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import { DEFAULT_TTL } from '../nat/packet-parts.ts'
import type { UdpPacket } from '../packet.ts'
import { choosePort } from './ephemeral-port.ts'
import { type HostStack, isUnspecified } from './host-stack.ts'

/** The UDP sockets of a host. */
export class UdpPorts {
  readonly #stack: HostStack
  readonly #byPort = new Map<number, VirtualUdpSocket[]>()

  constructor(stack: HostStack) {
    this.#stack = stack
  }

  bind(options: BindOptions): UdpSocket {
    const { ip, port: wanted } = this.#stack.bindAddress(options)
    const port =
      wanted === 0 ? choosePort(this.#stack.random, (port) => this.#conflicts({ ip, port })) : wanted
    const local = { ip, port }
    if (this.#conflicts(local))
      throw new NetifError(
        'NETIF_ADDRESS_IN_USE',
        `cannot bind UDP to ${formatTransportAddress(local)}: EADDRINUSE`,
      )
    const socket = new VirtualUdpSocket(this.#stack, local, () => this.#remove(socket))
    this.#byPort.set(port, [...(this.#byPort.get(port) ?? []), socket])
    return socket
  }

  receive(packet: UdpPacket): void {
    const sockets = this.#byPort.get(packet.destination.port) ?? []
    const { ip } = packet.destination
    const socket =
      sockets.find(({ local }) => local.ip === ip) ?? sockets.find(({ local }) => overlap(local.ip, ip))
    if (socket === undefined) this.#stack.refuse(packet)
    else socket.receive(packet)
  }

  #conflicts({ ip, port }: TransportAddress): boolean {
    return (this.#byPort.get(port) ?? []).some(({ local }) => overlap(local.ip, ip))
  }

  #remove(socket: VirtualUdpSocket): void {
    const { port } = socket.local
    const left = (this.#byPort.get(port) ?? []).filter((other) => other !== socket)
    if (left.length > 0) this.#byPort.set(port, left)
    else this.#byPort.delete(port)
  }
}

/** Whether sockets bound to these two addresses conflict. */
export function overlap(a: string, b: string): boolean {
  return familyOf(a) === familyOf(b) && (a === b || isUnspecified(a) || isUnspecified(b))
}

class VirtualUdpSocket implements UdpSocket {
  readonly local: TransportAddress
  readonly #stack: HostStack
  readonly #onClose: () => void
  readonly #listeners = new Set<(data: Uint8Array, from: TransportAddress) => void>()
  #open = true

  constructor(stack: HostStack, local: TransportAddress, onClose: () => void) {
    this.#stack = stack
    this.local = local
    this.#onClose = onClose
  }

  send(data: Uint8Array, to: TransportAddress): void {
    checkTransportAddress(to)
    checkPort(to.port, 1)
    if (!this.#open || familyOf(to.ip) !== familyOf(this.local.ip)) return
    const ip = isUnspecified(this.local.ip) ? this.#stack.sourceFor(to.ip) : this.local.ip
    if (ip === undefined) return
    const source = { ip, port: this.local.port }
    // A copy, because the sender may reuse the buffer.
    const payload = data.slice()
    this.#stack.send({ protocol: 'udp', source, destination: to, ttl: DEFAULT_TTL, payload })
  }

  receive({ payload, source }: UdpPacket): void {
    if (this.#listeners.size === 0) return
    this.#stack.scheduler.touch()
    for (const listener of this.#listeners) listener(payload, source)
  }

  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void {
    // Wrapped, so that a function that is added twice is called twice, and each can be stopped.
    const own: typeof listener = (data, from) => listener(data, from)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#onClose()
  }
}

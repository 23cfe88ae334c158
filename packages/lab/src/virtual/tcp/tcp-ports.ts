import {
  type BindOptions,
  checkPort,
  checkTransportAddress,
  type DialOptions,
  familyOf,
  formatTransportAddress,
  NetifError,
  type NetifErrorCode,
  type TcpConnection,
  type TcpListener,
  type TransportAddress,
} from '@p2pd/netif'
import { resetFor } from '../../nat/packet-parts.ts'
import type { IcmpPacket, TcpPacket } from '../../packet.ts'
import { randomInteger } from '../../random.ts'
import { choosePort } from '../ephemeral-port.ts'
import { type HostStack, isUnspecified } from '../host-stack.ts'
import { ConnectionDriver } from './tcp-connection.ts'
import { VirtualTcpListener } from './tcp-listener.ts'
import { TcpMachine } from './tcp-machine.ts'
import type { TcpFailure } from './tcp-state.ts'
import { overlap } from '../udp-ports.ts'

const FAILURE_CODES: Readonly<Record<TcpFailure, NetifErrorCode>> = {
  refused: 'NETIF_REFUSED',
  reset: 'NETIF_RESET',
  timeout: 'NETIF_TIMEOUT',
  unreachable: 'NETIF_UNREACHABLE',
}

/** The TCP sockets of a host, with Linux's rules for sharing ports. */
export class TcpPorts {
  readonly #stack: HostStack
  readonly #connections = new Map<string, ConnectionDriver>()
  readonly #connectionsOnPort = new Map<number, number>()
  readonly #listeners = new Set<VirtualTcpListener>()

  constructor(stack: HostStack) {
    this.#stack = stack
  }

  /** Connects, also by simultaneous open. A listening port cannot dial; dials may share a port. */
  dial(options: DialOptions): Promise<TcpConnection> {
    const { remote, signal } = options
    const local = this.#dialFrom(options)
    const doing = `connect to ${formatTransportAddress(remote)} from ${formatTransportAddress(local)}`
    if (signal?.aborted) throw new NetifError('NETIF_ABORTED', `gave up: ${doing}`, { cause: signal.reason })
    this.#checkFree(local, remote, doing)
    const driver = this.#add(local, remote)
    return new Promise((resolve, reject) => {
      const abort = () => {
        settle()
        driver.abandon()
        reject(new NetifError('NETIF_ABORTED', `gave up: ${doing}`, { cause: signal?.reason }))
      }
      const settle = () => signal?.removeEventListener('abort', abort)
      signal?.addEventListener('abort', abort)
      driver.onConnected = (connection) => {
        settle()
        resolve(connection)
      }
      driver.onFailed = (why) => {
        settle()
        reject(new NetifError(FAILURE_CODES[why], `cannot ${doing}: ${why}`))
      }
      driver.run((now) => driver.machine.open(now))
    })
  }

  /** Listens on a port without another listener; connections may use the port already. */
  listen(options: BindOptions): TcpListener {
    const { ip, port: wanted } = this.#stack.bindAddress(options)
    const taken = (port: number) => this.#listensOn({ ip, port }) || this.#connectionsOnPort.has(port)
    const port = wanted === 0 ? choosePort(this.#stack.random, taken) : wanted
    const local = { ip, port }
    if (this.#listensOn(local))
      throw new NetifError(
        'NETIF_ADDRESS_IN_USE',
        `cannot listen on ${formatTransportAddress(local)}: EADDRINUSE`,
      )
    const listener = new VirtualTcpListener(local, () => this.#listeners.delete(listener))
    this.#listeners.add(listener)
    return listener
  }

  receive(segment: TcpPacket): void {
    const key = connectionKey(segment.destination, segment.source)
    const driver = this.#connections.get(key)
    const opens = segment.flags.syn && !segment.flags.ack && !segment.flags.rst
    const listener = opens ? this.#listenerFor(segment.destination) : undefined
    const replaces = listener !== undefined && (driver === undefined || driver.machine.state === 'time-wait')
    if (replaces) return this.#accept(segment, listener)
    if (driver !== undefined) return driver.run((now) => driver.machine.receive(segment, now))
    if (!segment.flags.rst) this.#stack.send(resetFor(segment))
  }

  error({ kind, about }: IcmpPacket): void {
    if (about === undefined) return
    const driver = this.#connections.get(connectionKey(about.source, about.destination))
    const why = kind === 'port-unreachable' ? 'refused' : 'unreachable'
    driver?.run(() => driver.machine.unreachable(why))
  }

  #accept(syn: TcpPacket, listener: VirtualTcpListener): void {
    const driver = this.#add(syn.destination, syn.source)
    driver.onConnected = (connection) => listener.offer(connection)
    driver.run((now) => driver.machine.accept(syn, now))
  }

  #dialFrom({ remote, local, interfaceName }: DialOptions): TransportAddress {
    checkTransportAddress(remote)
    checkPort(remote.port, 1)
    const any = { ip: familyOf(remote.ip) === 'IPv6' ? '::' : '0.0.0.0', port: 0 }
    const bound = this.#stack.bindAddress({
      local: local ?? any,
      ...(interfaceName !== undefined && { interfaceName }),
    })
    if (familyOf(bound.ip) !== familyOf(remote.ip))
      throw new NetifError(
        'NETIF_INVALID_ARGUMENT',
        `cannot dial ${remote.ip} from ${bound.ip}: two families`,
      )
    const ip = isUnspecified(bound.ip) ? this.#stack.sourceFor(remote.ip) : bound.ip
    if (ip === undefined) throw new NetifError('NETIF_UNREACHABLE', `no route to ${remote.ip}`)
    const taken = (port: number) => this.#listensOn({ ip, port }) || this.#connectionsOnPort.has(port)
    return { ip, port: bound.port === 0 ? choosePort(this.#stack.random, taken) : bound.port }
  }

  #checkFree(local: TransportAddress, remote: TransportAddress, doing: string): void {
    if (this.#listensOn(local))
      throw new NetifError('NETIF_ADDRESS_IN_USE', `cannot ${doing}: EADDRINUSE, the port listens`)
    if (this.#connections.has(connectionKey(local, remote)))
      throw new NetifError('NETIF_ADDRESS_NOT_AVAILABLE', `cannot ${doing}: EADDRNOTAVAIL, it exists`)
  }

  #listensOn(local: TransportAddress): boolean {
    for (const listener of this.#listeners)
      if (listener.local.port === local.port && overlap(listener.local.ip, local.ip)) return true
    return false
  }

  #listenerFor(destination: TransportAddress): VirtualTcpListener | undefined {
    for (const listener of this.#listeners)
      if (listener.local.port === destination.port && overlap(listener.local.ip, destination.ip))
        return listener
    return undefined
  }

  #add(local: TransportAddress, remote: TransportAddress): ConnectionDriver {
    const key = connectionKey(local, remote)
    const initialSequence = randomInteger(this.#stack.random, 0, 2 ** 32 - 1)
    const machine = new TcpMachine(local, remote, initialSequence)
    const driver = new ConnectionDriver(this.#stack, machine, () => {
      if (this.#connections.get(key) !== driver) return
      this.#connections.delete(key)
      this.#count(local.port, -1)
    })
    if (!this.#connections.has(key)) this.#count(local.port, 1)
    this.#connections.set(key, driver)
    return driver
  }

  #count(port: number, change: number): void {
    const count = (this.#connectionsOnPort.get(port) ?? 0) + change
    if (count > 0) this.#connectionsOnPort.set(port, count)
    else this.#connectionsOnPort.delete(port)
  }
}

function connectionKey(local: TransportAddress, remote: TransportAddress): string {
  return `${local.ip} ${local.port} ${remote.ip} ${remote.port}`
}

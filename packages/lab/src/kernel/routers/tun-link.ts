import { randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** The kernel's buffer for packets while the router is busy. The system's limit (rmem_max) may be lower. */
const BUFFER_BYTES = 4 * 1024 * 1024
const LOOPBACK = '127.0.0.1'

/** The router's end of a host's TUN device: IP packets as UDP datagrams on loopback. */
export class TunLink {
  /** A secret that other users of the machine cannot know. */
  readonly greeting = randomUUID()
  readonly #socket: Socket
  #listener: (packet: Uint8Array) => void = () => {}
  #isConnected = false

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Opens the link on a free port. It accepts packets only from the sender of `greeting`, after that. */
  static async open(): Promise<TunLink> {
    const socket = createSocket({ type: 'udp4' })
    socket.bind(0, LOOPBACK)
    await once(socket, 'listening')
    socket.setRecvBufferSize(BUFFER_BYTES)
    const link = new TunLink(socket)
    socket.on('message', (data, from) => link.#receive(data, from.port))
    // A host that has ended refuses packets; they are lost.
    socket.on('error', () => {})
    return link
  }

  get port(): number {
    return this.#socket.address().port
  }

  onPacket(listener: (packet: Uint8Array) => void): void {
    this.#listener = listener
  }

  send(packet: Uint8Array): void {
    if (this.#isConnected) this.#socket.send(packet)
  }

  close(): void {
    this.#isConnected = false
    this.#socket.close()
  }

  #receive(data: Buffer, fromPort: number): void {
    if (this.#isConnected) return this.#listener(data)
    if (data.toString('latin1') !== this.greeting) return
    this.#socket.connect(fromPort, LOOPBACK, () => {
      this.#isConnected = true
    })
  }
}

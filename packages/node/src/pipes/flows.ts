import type { SessionStream } from '../runtime/session.ts'
import { DatagramDecoder, encodeDatagram } from './datagram-frames.ts'
import type { Datagrams } from './datagrams.ts'

export type { Datagrams } from './datagrams.ts'

/** The id of the flow's stream, big-endian, leads each datagram beside the stream. RFC 9297 §2.1 (by analogy). */
const ID_LENGTH = 4
const MAX_ID = 0xffff_ffff
/** Datagrams overtake the opening of their stream. So many wait for it; the oldest makes room. */
const MAX_EARLY = 32
/** A stream that holds more is behind: datagrams are dropped, as a network does. */
const MAX_BUFFERED = 262_144

/** Takes one datagram of a flow. */
export type OnDatagram = (data: Uint8Array) => void

/** Sends one datagram of a flow, or drops it. */
export type SendDatagram = (data: Uint8Array) => void

/** A datagram that came before the stream of its flow. */
interface Early {
  readonly id: number
  readonly data: Uint8Array
}

/** The flows of one pipe, by the ids of their streams. */
class Flows {
  readonly #flows = new Map<number, OnDatagram>()
  /** Those whose streams are still being connected, and have no number yet. */
  readonly #unnumbered = new Map<SessionStream, OnDatagram>()
  #early: readonly Early[] = []

  constructor(datagrams: Datagrams) {
    datagrams.onMessage((message) => this.#receive(message))
  }

  begin(stream: SessionStream, onDatagram: OnDatagram): void {
    const { id } = stream
    stream.once('close', () => {
      this.#unnumbered.delete(stream)
      this.#flows.delete(stream.id)
    })
    if (Number.isNaN(id)) return void this.#unnumbered.set(stream, onDatagram)
    this.#flows.set(id, onDatagram)
    const early = this.#early.filter((one) => one.id === id)
    this.#early = this.#early.filter((one) => one.id !== id)
    for (const { data } of early) onDatagram(data)
  }

  #receive(message: Uint8Array): void {
    if (message.length < ID_LENGTH) return
    const id = new DataView(message.buffer, message.byteOffset).getUint32(0)
    const data = message.subarray(ID_LENGTH)
    const onDatagram = this.#flows.get(id) ?? this.#numbered(id)
    if (onDatagram !== undefined) onDatagram(data)
    else this.#early = [...this.#early.slice(1 - MAX_EARLY), { id, data }]
  }

  /** The flow whose stream has this number by now. */
  #numbered(id: number): OnDatagram | undefined {
    const [stream, onDatagram] = [...this.#unnumbered].find(([{ id: own }]) => own === id) ?? []
    if (stream === undefined || onDatagram === undefined) return undefined
    this.#unnumbered.delete(stream)
    this.#flows.set(id, onDatagram)
    return onDatagram
  }
}

const known = new WeakMap<Datagrams, Flows>()

/** Keeps the datagrams of flows whose streams have not arrived yet. The end that accepts streams calls it at once. */
export function expectFlows(datagrams: Datagrams): void {
  if (!known.has(datagrams)) known.set(datagrams, new Flows(datagrams))
}

/**
 * Begins a flow of datagrams between two programs, on a stream of a pipe. While the path of the pipe is UDP, each datagram
 * travels by itself: it may be lost or overtaken, and delays no other. On other paths, and above `maxBytes` of the pipe,
 * datagrams travel framed in the stream. Both ends begin the flow, and the flow ends with the stream. Without `datagrams`
 * all of them are framed. RFC 9298 §5 (by analogy).
 */
export function beginFlow(
  stream: SessionStream,
  datagrams: Datagrams | undefined,
  onDatagram: OnDatagram,
): SendDatagram {
  const decoder = new DatagramDecoder()
  stream.on('data', (piece: Uint8Array) => {
    for (const data of decoder.decode(piece)) onDatagram(data)
  })
  if (datagrams !== undefined) {
    expectFlows(datagrams)
    known.get(datagrams)?.begin(stream, onDatagram)
  }
  return (data) => {
    if (stream.destroyed || !stream.writable) return
    const fits = data.length + ID_LENGTH <= (datagrams?.maxBytes ?? 0) && stream.id <= MAX_ID
    if (fits && datagrams?.overUdp) datagrams.send(withId(stream.id, data))
    else if (stream.writableLength < MAX_BUFFERED) stream.write(encodeDatagram(data))
  }
}

function withId(id: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(ID_LENGTH + data.length)
  new DataView(message.buffer).setUint32(0, id)
  message.set(data, ID_LENGTH)
  return message
}

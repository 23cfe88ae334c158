/**
 * A session with one stream and one path at a time, written from PROTOCOL.md alone: it shares no code with the package. It sends
 * what it has without credit beyond the first, and acknowledges whatever comes.
 */
export class SmallSession {
  /** Bytes of stream 0 that arrived. */
  received = Buffer.alloc(0)
  hasEnded = false
  isClosed = false
  /** The offset of the peer's sequence that was reached. */
  offset = 0
  #send: (bytes: Buffer) => void = () => {}
  #input: Buffer = Buffer.alloc(0)
  /** The peer's offset on this path. */
  #position = 0
  /** Our sequence, from the first frame on, and what of it is acknowledged. */
  #sequence: Buffer = Buffer.alloc(0)
  #acknowledged = 0
  #streamOffset = 0

  get unacknowledged(): number {
    return this.#sequence.length - this.#acknowledged
  }

  /** A new path: goes on where the peer says it is. */
  attach(send: (bytes: Buffer) => void, peerReceived: number): void {
    this.#send = send
    this.#input = Buffer.alloc(0)
    const from = Math.max(this.#acknowledged, peerReceived)
    this.#acknowledged = from
    send(frame(0x21, [from]))
    send(Buffer.from(this.#sequence.subarray(from)))
  }

  write(bytes: Buffer): void {
    this.#sendOrdered(frame(0x00, [0, this.#streamOffset], bytes))
    this.#streamOffset += bytes.length
  }

  finish(): void {
    this.#sendOrdered(Buffer.concat([frame(0x03, [0]), frame(0x06, [])]))
  }

  receive(chunk: Uint8Array): void {
    this.#input = Buffer.concat([this.#input, chunk])
    for (;;) {
      const length = readInteger(this.#input, 1)
      if (length === undefined || this.#input.length < length.next + length.value) return
      const end = length.next + length.value
      this.#take(this.#input[0] ?? 0, this.#input.subarray(length.next, end), end)
      this.#input = this.#input.subarray(end)
    }
  }

  #sendOrdered(bytes: Buffer): void {
    this.#sequence = Buffer.concat([this.#sequence, bytes])
    this.#send(bytes)
  }

  #take(type: number, payload: Buffer, size: number): void {
    const first = readInteger(payload, 0)
    if (type === 0x20) this.#acknowledged = Math.max(this.#acknowledged, first?.value ?? 0)
    if (type === 0x21) this.#position = first?.value ?? 0
    if (type === 0x23) this.#send(frame(0x24, [first?.value ?? 0]))
    if (type === 0x26) this.isClosed = true
    if (type >= 0x20) return
    const isNew = this.#position === this.offset
    this.#position += size
    if (isNew) {
      this.offset = this.#position
      this.#takeOrdered(type, payload)
    }
    this.#send(frame(0x20, [this.offset]))
  }

  #takeOrdered(type: number, payload: Buffer): void {
    const id = readInteger(payload, 0)
    if (type === 0x00) {
      const offset = readInteger(payload, id?.next ?? 0)
      this.received = Buffer.concat([this.received, payload.subarray(offset?.next)])
      const limit = this.received.length + 65_536
      this.#sendOrdered(frame(0x02, [0, limit]))
    }
    if (type === 0x03) this.hasEnded = true
  }
}

/** RFC 9000 §16, always in 8 bytes, which is allowed. */
function integer(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value) | (3n << 62n))
  return bytes
}

function readInteger(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  const length = 2 ** (first >> 6)
  if (bytes.length < at + length) return undefined
  let value = BigInt(first & 0x3f)
  for (const byte of bytes.subarray(at + 1, at + length)) value = (value << 8n) | BigInt(byte)
  return { value: Number(value), next: at + length }
}

function frame(type: number, numbers: readonly number[], bytes: Buffer = Buffer.alloc(0)): Buffer {
  const payload = Buffer.concat([...numbers.map(integer), bytes])
  return Buffer.concat([Buffer.of(type), integer(payload.length), payload])
}

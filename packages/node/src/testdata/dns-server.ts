import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Answers of a test's DNS server, true and false ones. RFC 1035 §4.1. */
export interface DnsAnswer {
  /** TXT records, each a list of character strings. */
  readonly records?: readonly (readonly string[])[]
  /** 3: no such name; 2: server failure. */
  readonly rcode?: number
  /** Says over UDP that the answer is too long for it; over TCP it is given. */
  readonly truncated?: boolean
  /** Added to the query's id: an answer to something else. */
  readonly idOffset?: number
  /** Put in place of the question: an answer to another question. */
  readonly question?: string
  /** Sent as it is. */
  readonly junk?: Uint8Array
}

export interface DnsServer {
  /** `ip:port`. */
  readonly address: string
  /** The names asked for, in lower case. */
  readonly queries: readonly string[]
  close(): Promise<void>
}

const TXT = 16
const INTERNET = 1
const HEADER_LENGTH = 12

/** A DNS server on loopback, UDP and TCP; `answer` returns undefined to stay silent. */
export async function startDnsServer(answer: (name: string) => DnsAnswer | undefined): Promise<DnsServer> {
  const queries: string[] = []
  const respond = (query: Buffer, isTcp: boolean): Buffer | undefined => {
    const name = readName(query)
    queries.push(name)
    const said = answer(name)
    return said && encodeAnswer(query, said, isTcp)
  }
  const tcp = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (framed) => {
      const response = respond(framed.subarray(2), true)
      if (response !== undefined) socket.end(Buffer.concat([uint16(response.length), response]))
    })
  })
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  const { port } = tcp.address() as { port: number }
  const udp = createSocket('udp4')
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve))
  udp.on('message', (query, from) => {
    const response = respond(query, false)
    if (response !== undefined) udp.send(response, from.port, from.address)
  })
  return {
    address: `127.0.0.1:${port}`,
    queries,
    async close() {
      await new Promise<void>((resolve) => udp.close(resolve))
      await new Promise((resolve) => tcp.close(resolve))
    },
  }
}

function encodeAnswer(query: Buffer, said: DnsAnswer, isTcp: boolean): Buffer {
  if (said.junk !== undefined) return Buffer.from(said.junk)
  const truncated = said.truncated === true && !isTcp
  const records = truncated ? [] : (said.records ?? [])
  const flags = 0x8180 | (truncated ? 0x0200 : 0) | (said.rcode ?? 0)
  const header = [(query.readUInt16BE(0) + (said.idOffset ?? 0)) & 0xffff, flags, 1, records.length, 0, 0]
  const question = said.question === undefined ? readQuestion(query) : encodeQuestion(said.question)
  return Buffer.concat([...header.map(uint16), question, ...records.map(encodeRecord)])
}

/** A record of the name in the question, to be kept for 60 s. RFC 1035 §4.1.3. */
function encodeRecord(strings: readonly string[]): Buffer {
  const data = Buffer.concat(
    strings.map((text) => Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)])),
  )
  return Buffer.concat([0xc000 | HEADER_LENGTH, TXT, INTERNET, 0, 60, data.length].map(uint16).concat(data))
}

function encodeQuestion(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0), uint16(TXT), uint16(INTERNET)])
}

function readQuestion(query: Buffer): Buffer {
  return query.subarray(HEADER_LENGTH, query.indexOf(0, HEADER_LENGTH) + 5)
}

function readName(query: Buffer): string {
  const labels: string[] = []
  for (let at = HEADER_LENGTH; (query[at] ?? 0) > 0; ) {
    const end = at + 1 + (query[at] ?? 0)
    labels.push(query.toString('latin1', at + 1, end))
    at = end
  }
  return labels.join('.').toLowerCase()
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}

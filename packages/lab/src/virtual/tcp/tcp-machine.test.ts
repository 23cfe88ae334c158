import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { TcpPacket } from '../../packet.ts'
import { TcpMachine } from './tcp-machine.ts'
import type { TcpOutput } from './tcp-state.ts'

const [a, b] = [
  { ip: '5.5.0.2', port: 1000 },
  { ip: '5.5.0.3', port: 2000 },
]
const machines = () => [new TcpMachine(a, b, 4_294_967_290), new TcpMachine(b, a, 7)] as const
const segments = (outputs: TcpOutput[]): TcpPacket[] =>
  outputs.flatMap((output) => (output.type === 'segment' ? [output.segment] : []))
const only = (outputs: TcpOutput[]): TcpPacket => segments(outputs)[0] as TcpPacket
const types = (outputs: TcpOutput[]) => outputs.map(({ type }) => type)

/** A connection after the handshake. */
function connected() {
  const [client, server] = machines()
  const synAck = only(server.accept(only(client.open(0)), 0))
  server.receive(only(client.receive(synAck, 0)), 0)
  return [client, server] as const
}

test('three-way handshake', () => {
  const [client, server] = machines()
  const syn = only(client.open(0))
  expect(syn).toMatchObject({ flags: { syn: true, ack: false }, sequence: 4_294_967_290 })
  const synAck = only(server.accept(syn, 10))
  expect(synAck).toMatchObject({ flags: { syn: true, ack: true }, acknowledgement: 4_294_967_291 })
  const answer = client.receive(synAck, 20)
  expect(types(answer)).toEqual(['connected', 'segment'])
  expect(types(server.receive(only(answer), 30))).toEqual(['connected'])
  expect([client.state, server.state]).toEqual(['established', 'established'])
})

test('SYNs that cross connect both, without a listener', () => {
  const [left, right] = machines()
  const [synA, synB] = [only(left.open(0)), only(right.open(0))]
  const [answerA, answerB] = [left.receive(synB, 10), right.receive(synA, 10)]
  expect([left.state, right.state]).toEqual(['syn-received', 'syn-received'])
  const [ackA, ackB] = [left.receive(only(answerB), 20), right.receive(only(answerA), 20)]
  expect(types(ackA)).toContain('connected')
  expect(types(ackB)).toContain('connected')
  left.receive(only(ackB), 30)
  right.receive(only(ackA), 30)
  expect([left.state, right.state]).toEqual(['established', 'established'])
})

/** Times at which segments are sent until the machine gives up. */
function schedule(machine: TcpMachine): [number[], number] {
  const sent: number[] = []
  for (let now = machine.wakeAt as number; ; now = machine.wakeAt as number) {
    const outputs = machine.wake(now)
    if (outputs.some(({ type }) => type === 'failed')) return [sent, now]
    sent.push(now)
  }
}

test('an unanswered SYN is sent again after 1, 3, 7, 15, 31, 63 s and given up at 127 s', () => {
  const [client] = machines()
  client.open(0)
  expect(schedule(client)).toEqual([[1000, 3000, 7000, 15_000, 31_000, 63_000], 127_000])
  expect(client.state).toBe('closed')
})

test('RST refuses a dial and resets a connection; one with a wrong number does nothing', () => {
  const [client] = machines()
  const syn = only(client.open(0))
  const rst: TcpPacket = {
    ...syn,
    source: b,
    destination: a,
    flags: { syn: false, ack: true, fin: false, rst: true },
    sequence: 0,
    acknowledgement: 5,
  }
  expect(client.receive(rst, 1)).toEqual([])
  expect(client.receive({ ...rst, acknowledgement: 4_294_967_291 }, 1)).toEqual([
    { type: 'failed', why: 'refused' },
  ])
  const [open] = connected()
  expect(open.receive({ ...rst, sequence: 9 }, 1)).toEqual([])
  expect(open.receive({ ...rst, sequence: 8 }, 1)).toEqual([{ type: 'failed', why: 'reset' }])
})

test('an ICMP error ends a dial, and leaves a connection alone', () => {
  const [client] = machines()
  client.open(0)
  expect(client.unreachable('unreachable')).toEqual([{ type: 'failed', why: 'unreachable' }])
  const [open] = connected()
  expect(open.unreachable('unreachable')).toEqual([])
})

test('FIN each way closes; who was first waits a minute', () => {
  const [client, server] = connected()
  const fin = only(client.end(0))
  const answer = server.receive(fin, 10)
  expect(types(answer)).toEqual(['end', 'segment'])
  client.receive(only(answer), 20)
  expect([client.state, server.state]).toEqual(['fin-wait-2', 'close-wait'])
  const last = client.receive(only(server.end(30)), 40)
  expect(client.state).toBe('time-wait')
  server.receive(only(last), 50)
  expect(server.state).toBe('closed')
  expect(client.wakeAt).toBe(60_040)
  client.wake(60_040)
  expect(client.state).toBe('closed')
})

test('FINs that cross close both', () => {
  const [client, server] = connected()
  const [finA, finB] = [only(client.end(0)), only(server.end(0))]
  const [ackA, ackB] = [only(client.receive(finB, 1)), only(server.receive(finA, 1))]
  client.receive(ackB, 2)
  server.receive(ackA, 2)
  expect([client.state, server.state]).toEqual(['time-wait', 'time-wait'])
})

test('closing with bytes unread resets, and so do bytes after closing', () => {
  const [client, server] = connected()
  server.receive(only(client.write(new Uint8Array(10), 0)), 0)
  expect(only(server.abandon(1))).toMatchObject({ flags: { rst: true } })
  const [again, gone] = connected()
  gone.abandon(0)
  expect(only(gone.receive(only(again.write(new Uint8Array(10), 1)), 2))).toMatchObject({
    flags: { rst: true },
  })
  expect(gone.state).toBe('closed')
})

test('a reader that stops closes the window, and opens it again', () => {
  const [client, server] = connected()
  let queue = segments(client.write(new Uint8Array(400_000), 0))
  let unread = 0
  for (let now = 1; queue.length > 0; now++) {
    const answers = queue.flatMap((segment) => server.receive(segment, now))
    for (const output of answers) if (output.type === 'data') unread += output.data.length
    queue = segments(answers).flatMap((segment) => segments(client.receive(segment, now)))
  }
  expect(unread).toBeGreaterThan(255_000)
  expect(unread).toBeLessThanOrEqual(262_144)
  expect(client.pending).toBe(400_000 - unread)
  const update = only(server.consumed(unread))
  expect(segments(client.receive(update, 10_000)).length).toBeGreaterThan(5)
})

test('bytes arrive in order whatever is lost, doubled or overtaken', () => {
  const run = fc.property(
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 20, maxLength: 200 }),
    fc.integer({ min: 1, max: 30_000 }),
    (fates, size) => {
      const [client, server] = connected()
      const sent = Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8))
      const got: number[] = []
      let ended = false
      let queue: [TcpMachine, TcpPacket][] = []
      let fate = 0
      const post = (to: TcpMachine, outputs: TcpOutput[]) => {
        for (const output of outputs) {
          if (output.type === 'end') ended = true
          if (output.type === 'data') {
            got.push(...output.data)
            server.consumed(output.data.length)
          }
          if (output.type !== 'segment') continue
          // 0: lost; 1: duplicated; 2: reordered. Later segments all arrive, so that the run ends.
          const kind = fate < fates.length ? fates[fate++] : 9
          if (kind !== 0) queue.push([to, output.segment])
          if (kind === 1) queue.push([to, output.segment])
          if (kind === 2) queue = [queue.pop() as [TcpMachine, TcpPacket], ...queue]
        }
      }
      let now = 0
      post(server, client.write(sent, now))
      post(server, client.end(now))
      for (let turns = 0; turns < 5000 && !(ended && queue.length === 0); turns++) {
        const [next, ...rest] = queue
        queue = rest
        now++
        if (next !== undefined) {
          const other = next[0] === client ? server : client
          post(other, next[0].receive(next[1], now))
        } else {
          now = Math.max(now, client.wakeAt ?? now)
          post(server, client.wake(now))
        }
      }
      expect(ended).toBe(true)
      expect(Buffer.from(got).equals(Buffer.from(sent))).toBe(true)
    },
  )
  fc.assert(run, { numRuns: 150 })
})

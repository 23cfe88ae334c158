import { expect, test } from '@jest/globals'
import { DtlsClient, EXTENSIONS } from '../testdata/dtls-client.ts'
import { DtlsStage } from '../testdata/dtls-stage.ts'

const newClient = (fill = 7, extensions = EXTENSIONS) =>
  new DtlsClient(new Uint8Array(32).fill(fill), extensions)

function established() {
  const stage = new DtlsStage()
  const client = newClient()
  stage.exchange(client, [client.hello()])
  expect(client.isEstablished).toBe(true)
  return { stage, client }
}

test('a handshake, data each way, and the end by close_notify', () => {
  const { stage, client } = established()
  stage.exchange(client, [client.seal('one'), client.seal('two')])
  expect(client.received).toEqual(['one', 'two'])
  stage.exchange(client, [client.closeNotify()])
  expect([client.isEnded, stage.server.size, stage.ended, stage.clock.pending]).toEqual([true, 0, 1, 0])
})

test('a hello without a cookie is answered in fewer bytes than it has, and nothing is kept', () => {
  const stage = new DtlsStage()
  const hello = newClient().hello()
  const [verify, ...more] = stage.answers(hello)
  expect(more).toEqual([])
  expect(verify?.length).toBeLessThan(hello.length)
  expect([stage.server.size, stage.clock.pending]).toEqual([0, 0])
})

test('the cookie of another address, or of two periods ago, is worth nothing', async () => {
  const stage = new DtlsStage()
  const client = newClient()
  for (const answer of stage.answers(client.hello())) client.receive(answer)
  const [hello = new Uint8Array()] = client.flight
  stage.answers(hello, { ip: '203.0.113.6', port: 5000 })
  stage.answers(hello, { ip: '203.0.113.5', port: 5001 })
  await stage.clock.advance(120_001)
  stage.answers(hello)
  expect(stage.server.size).toBe(0)
})

// Each datagram of a handshake is lost once: the end that waits sends its flight again.
for (let lost = 0; lost < 8; lost++) {
  test(`the handshake ends when datagram ${lost} is lost`, () => {
    const stage = new DtlsStage()
    const client = newClient()
    stage.exchange(client, [client.hello()], (number) => number === lost)
    for (let tries = 0; tries < 3 && !client.isEstablished; tries++) {
      stage.exchange(client, client.flight.length === 0 ? [client.hello()] : client.repeat())
    }
    expect(client.isEstablished).toBe(true)
    stage.exchange(client, [client.seal('after')])
    expect(client.received).toEqual(['after'])
    expect([stage.server.size, stage.clock.pending]).toEqual([1, 1])
  })
}

test('a silent client gets five flights, and then nothing is left of it', async () => {
  const stage = new DtlsStage()
  const client = newClient()
  for (const answer of stage.answers(client.hello())) client.receive(answer)
  const first = stage.answers(client.flight[0] ?? new Uint8Array())
  expect(first.length).toBeGreaterThan(0)
  await stage.clock.advance(31_000)
  expect(stage.sent).toHaveLength(5 * first.length)
  expect([stage.server.size, stage.ended, stage.clock.pending]).toEqual([0, 1, 0])
})

test('a client that repeats its hello gets ten flights at most', () => {
  const stage = new DtlsStage()
  const client = newClient()
  for (const answer of stage.answers(client.hello())) client.receive(answer)
  const counts = Array.from({ length: 15 }, () => stage.answers(client.flight[0] ?? new Uint8Array()).length)
  expect(counts.filter((count) => count > 0)).toHaveLength(10)
  expect(stage.peers).toHaveLength(1)
})

test('a repeated record is read once, and a late one within the window is read', () => {
  const { stage, client } = established()
  const [one, ...others] = Array.from({ length: 70 }, (_, i) => client.seal(`${i}`))
  const late = others[others.length - 2] ?? new Uint8Array()
  const last = others[others.length - 1] ?? new Uint8Array()
  stage.exchange(client, [last, last, late, late, one ?? last])
  expect(client.received).toEqual(['69', '68'])
})

test('an altered record is dropped without an answer, and the association goes on', () => {
  const { stage, client } = established()
  const record = client.seal('secret')
  for (let i = 13; i < record.length; i++) {
    const altered = Uint8Array.from(record)
    altered[i] = (altered[i] ?? 0) ^ 1
    expect(stage.answers(altered)).toEqual([])
  }
  stage.exchange(client, [record])
  expect(client.received).toEqual(['secret'])
})

test('a forged Finished ends the handshake with an alert', () => {
  const stage = new DtlsStage()
  const client = newClient()
  client.finishedForged = true
  stage.exchange(client, [client.hello()])
  expect([client.isEstablished, client.isEnded, stage.server.size, stage.ended]).toEqual([false, true, 0, 1])
})

test.each(['groups', 'signature schemes', 'extended master secret'].map((name, i) => [name, i]))(
  'a client without %s gets a fatal alert',
  (_, index) => {
    const stage = new DtlsStage()
    const client = newClient(
      7,
      EXTENSIONS.filter((_extension, i) => i !== index),
    )
    stage.exchange(client, [client.hello()])
    expect([client.isEnded, client.isEstablished, stage.server.size]).toEqual([true, false, 0])
  },
)

test('a client that starts anew from its port replaces the association; one that cannot receive there does not', () => {
  const { stage, client } = established()
  const stranger = newClient(8)
  stage.answers(stranger.hello())
  stage.exchange(client, [client.seal('still')])
  expect(client.received).toEqual(['still'])
  const next = newClient(9)
  stage.exchange(next, [next.hello()])
  expect([next.isEstablished, stage.server.size, stage.ended, stage.clock.pending]).toEqual([true, 1, 1, 1])
})

test('an idle association ends after an hour; a record in between keeps it', async () => {
  const { stage, client } = established()
  stage.exchange(client, [client.seal('first')])
  await stage.clock.advance(3_000_000)
  stage.exchange(client, [client.seal('here')])
  await stage.clock.advance(3_000_000)
  expect(stage.server.size).toBe(1)
  await stage.clock.advance(600_001)
  expect([stage.server.size, stage.ended, stage.clock.pending]).toEqual([0, 1, 0])
})

test('a client that asks for nothing within ten seconds of its handshake is gone, whatever else it repeats', async () => {
  const { stage, client } = established()
  for (let second = 1; second < 10; second++) {
    await stage.clock.advance(1000)
    client.isEstablished = false // So it sends its Finished once more, and gets the server's.
    stage.exchange(client, client.repeat())
  }
  expect([client.isEstablished, stage.server.size]).toEqual([true, 1])
  await stage.clock.advance(1000)
  expect([stage.server.size, stage.ended, stage.clock.pending]).toEqual([0, 1, 0])
})

test('a source has 400 associations at most, all 800; a source over its rate opens none', () => {
  const stage = new DtlsStage()
  const open = (ip: string, port: number) => {
    const client = newClient()
    for (const answer of stage.answers(client.hello(), { ip, port })) client.receive(answer)
    for (const datagram of client.flight) stage.answers(datagram, { ip, port })
  }
  for (let port = 1; port <= 410; port++) open('203.0.113.5', port)
  expect(stage.server.size).toBe(400)
  for (let port = 1; port <= 410; port++) open(port % 2 === 0 ? '203.0.113.6' : '203.0.113.7', port)
  expect(stage.server.size).toBe(800)
  stage.server.close()
  expect([stage.server.size, stage.clock.pending]).toEqual([0, 0])
  stage.isAllowed = false
  open('203.0.113.5', 1)
  expect(stage.server.size).toBe(0)
})

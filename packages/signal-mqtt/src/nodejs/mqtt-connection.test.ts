import { afterEach, expect, jest, test } from '@jest/globals'
import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { joinBytes } from '@p2pd/netif'
import { MqttConnection } from './mqtt-connection.ts'

const opened: MqttConnection[] = []

afterEach(() => {
  jest.restoreAllMocks()
  for (const connection of opened.splice(0)) connection.abort(new Error('over'))
})

const connack = (...properties: number[]) =>
  Uint8Array.of(0x20, 3 + properties.length, 0, 0, properties.length, ...properties)
/** PUBLISH to `s` by QoS 1. */
const MESSAGE = Uint8Array.of(0x32, 7, 0, 1, 0x73, 0, 9, 0, 65)

/** A stream of which the test is the other end. It takes what is written when `take` is called. */
function openEnd() {
  let take = () => {}
  let isReading = true
  let readBytes = 0
  const stream = new Duplex({
    read() {},
    writev(chunks, done) {
      readBytes += chunks.reduce((sum, { chunk }) => sum + (chunk as Uint8Array).length, 0)
      if (isReading) done()
      else take = done
    },
  })
  const connection = new MqttConnection({ stream, version: 5, localAddress: undefined })
  opened.push(connection)
  return {
    stream,
    connection,
    readBytes: () => readBytes,
    stopReading: () => void (isReading = false),
    readAgain: () => {
      isReading = true
      take()
    },
  }
}

test.each([
  ['says nothing', [], 30],
  ['wants pings more often', [0x13, 0, 10], 10],
  ['wants none', [0x13, 0, 0], 30],
  ['wants one in 18 hours', [0x13, 0xff, 0xff], 30],
])('a broker that %s: its end is noticed after one and a half intervals', async (_, properties, seconds) => {
  const intervals = jest.spyOn(globalThis, 'setInterval')
  const { stream, connection } = openEnd()
  stream.push(connack(...properties))
  await connection.accepted
  expect(intervals.mock.calls.map(([, ms]) => ms)).toEqual([(seconds * 1000) / 2])
})

test('a broker that floods and reads no acknowledgement is not read from until it does', async () => {
  const { stream, connection, readBytes, stopReading, readAgain } = openEnd()
  stream.push(connack())
  await connection.accepted
  let delivered = 0
  const subscribing = connection.subscribe('s', () => delivered++)
  stream.push(Uint8Array.of(0x90, 4, 0, 1, 0, 0))
  await subscribing
  await turn()
  const before = readBytes()
  stopReading()
  const [pieces, inPiece] = [200, 1000]
  const piece = joinBytes(...Array<Uint8Array>(inPiece).fill(MESSAGE))
  for (let i = 0; i < pieces; i++) {
    stream.push(piece)
    await turn()
  }
  // The buffer of a stream has 16 KiB, and a piece is handled whole.
  expect(stream.writableLength).toBeLessThan(stream.writableHighWaterMark * 2)
  expect(delivered).toBeLessThan((pieces * inPiece) / 10)
  readAgain()
  for (let turns = 0; turns < 3 * pieces; turns++) await turn()
  expect(readBytes() - before).toBe(pieces * inPiece * 4)
  expect(delivered).toBe(pieces * inPiece)
})

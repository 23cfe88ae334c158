import { expect, test } from '@jest/globals'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { FramedStream } from './framed-stream.ts'

/** One end of a connection in memory; an end passes as an end, whatever it means. */
class End extends Duplex {
  other: End | undefined

  override _read(): void {}

  override _write(chunk: Uint8Array, _: string, done: () => void): void {
    // Pieces of any size arrive.
    for (let at = 0; at < chunk.length; at += 3) this.other?.push(chunk.subarray(at, at + 3))
    done()
  }

  override _final(done: () => void): void {
    this.other?.push(null)
    done()
  }
}

const closed = (stream: Duplex) => new Promise<void>((resolve) => stream.once('close', resolve))

/** Everything up to the end; the other direction goes on. */
async function allOf(stream: Duplex): Promise<string> {
  const pieces: Buffer[] = []
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  await once(stream, 'end')
  return String(Buffer.concat(pieces))
}

function connection(): [near: End, far: End] {
  const [near, far] = [new End(), new End()]
  near.other = far
  far.other = near
  return [near, far]
}

function pair(options = {}): [near: FramedStream, far: FramedStream, connection: readonly [End, End]] {
  const ends = connection()
  const [near, far] = ends.map((end) => new FramedStream(Promise.resolve(end), options)) as [
    FramedStream,
    FramedStream,
  ]
  return [near, far, ends]
}

test('bytes arrive as they were written, each direction has an end, and the connection ends with both', async () => {
  const [near, far, [one, other]] = pair()
  near.write('')
  near.write(Buffer.from('question'))
  near.end(Buffer.from('?'))
  expect(await allOf(far)).toBe('question?')
  far.end('answer')
  expect(await allOf(near)).toBe('answer')
  for (const end of [one, other]) if (!end.writableFinished) await once(end, 'finish')
  expect([near.errored, far.errored]).toEqual([null, null])
})

test('a connection that closes before the end of a direction is a loss', async () => {
  for (const endFirst of [false, true]) {
    const [near, far, [one]] = pair()
    far.resume()
    near.write('half')
    if (endFirst) near.end()
    await once(far, endFirst ? 'end' : 'data')
    one.other?.push(null)
    await closed(far)
    expect(far.errored?.message).toBe('the connection was lost before the end of the stream')
  }
})

test('an abort reaches the other end as an error', async () => {
  const [near, far] = pair()
  far.resume()
  near.write('half')
  await once(far, 'data')
  near.destroy()
  await closed(far)
  expect(far.errored?.message).toBe('the other end has aborted the stream')
})

test('whole frames come as they were written', async () => {
  const [near, far] = pair({ isWhole: true })
  for (const word of ['one', 'two', 'three']) near.write(word)
  near.end()
  const pieces: string[] = []
  for await (const piece of far) pieces.push(String(piece))
  expect(pieces).toEqual(['one', 'two', 'three'])
})

test('bytes wait until the connection is open, and one that cannot be opened is an error', async () => {
  const [one, other] = connection()
  let open = (_: Duplex) => {}
  const near = new FramedStream(new Promise((resolve) => (open = resolve)))
  near.end('early')
  open(one)
  expect(await allOf(new FramedStream(Promise.resolve(other)))).toBe('early')
  const failed = new FramedStream(Promise.reject(new Error('nobody listens')))
  await closed(failed)
  expect(failed.errored?.message).toBe('nobody listens')
})

test('a side that has ended its direction may still abort the other one', async () => {
  const [one, other] = connection()
  const near = new FramedStream(Promise.resolve(one)).resume()
  const far = new FramedStream(Promise.resolve(other)).resume()
  far.end('all of it')
  await once(near, 'end')
  far.destroy()
  await closed(near)
  expect(near.errored?.message).toBe('the other end has aborted the stream')
})

test('bytes that do not follow the format are an error', async () => {
  const [one, other] = connection()
  const near = new FramedStream(Promise.resolve(one)).resume()
  other.write(Buffer.from([0, 0, 0, 0, 1]))
  other.write(Buffer.from([0, 0, 0]))
  await closed(near)
  expect(near.errored?.message).toBe('bytes came after the end of the stream')
  const [left, right] = connection()
  const whole = new FramedStream(Promise.resolve(left), { isWhole: true }).resume()
  right.write(Buffer.from([0, 1, 0, 0]))
  await closed(whole)
  expect(whole.errored?.message).toBe('a frame is too long')
})

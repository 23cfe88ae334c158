import { expect, test } from '@jest/globals'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { PeerPipe } from '../../pipes/peer-pipe.ts'
import { Stage } from '../../testdata/nodes.ts'
import { vector } from '../../testdata/protocol-page.ts'
import { parseEndpoint } from './endpoint.ts'
import { peerListens, ReverseListener } from './reverse.ts'

const service = 'reverse:web'

/** The lines that a peer writes on a pipe. */
const linesOf = (pipe: PeerPipe) => createInterface(pipe.stream)[Symbol.asyncIterator]()

test('the peer of a reverse service writes the lines of docs/protocol.md', () =>
  Stage.run(async (stage) => {
    const callee = await stage.node([], { admit: () => true })
    const [caller, other] = [await stage.node([]), await stage.node([])]
    const listener = new ReverseListener(parseEndpoint('0'))
    callee.serve(service, async (pipe) => void (await listener.take(pipe)))
    const address = await callee.address()
    const first = await caller.connect(address, { service })
    const lines = linesOf(first)
    const { value: answer } = await lines.next()
    expect(answer.replace(/:\d+"/, ':8080"')).toBe(vector('reverse answer'))
    const foreign = await other.connect(address, { service })
    expect((await linesOf(foreign).next()).value).toBe(vector('reverse refusal'))
    const second = await caller.connect(address, { service })
    expect((await lines.next()).value).toBe(vector('reverse question'))
    first.stream.write(`${vector('reverse reply')}\n`)
    expect(JSON.parse((await linesOf(second).next()).value)).toHaveProperty('refused')
  }))

test('the caller of a reverse service understands the lines of docs/protocol.md, and replies to the question', () =>
  Stage.run(async (stage) => {
    const callee = await stage.node([], { admit: () => true })
    const caller = await stage.node([])
    let refused = false
    const replies = new Promise<string>((resolve) => {
      callee.serve(service, async (pipe) => {
        if (refused) return void pipe.stream.write(`${vector('reverse refusal')}\n`)
        pipe.stream.write(`${vector('reverse answer')}\n`)
        pipe.stream.write(`${vector('reverse question')}\n`)
        const [reply] = (await once(pipe.stream, 'data')) as [Uint8Array]
        resolve(Buffer.from(reply).toString())
      })
    })
    const address = await callee.address()
    expect(await peerListens(await caller.connect(address, { service }))).toBe('127.0.0.1:8080')
    expect(await replies).toBe(`${vector('reverse reply')}\n`)
    refused = true
    await expect(peerListens(await caller.connect(address, { service }))).rejects.toThrow(
      'another peer has it',
    )
  }))

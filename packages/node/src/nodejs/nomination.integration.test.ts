import { expect, test } from '@jest/globals'
import { Stage } from '../testdata/nodes.ts'

test.each([true, false])(
  'a stream that is read at once shows what the callee sends, and not its reply (encrypted: %s)',
  (secure) =>
    Stage.run(async (stage) => {
      const broker = await stage.broker()
      const [caller, callee] = [
        await stage.node([broker], { secure }),
        await stage.node([broker], { secure }),
      ]
      callee.onPipe((pipe) => void pipe.send('hello'))
      const pipe = await caller.connect(callee.id)
      const first = new Promise((resolve) => pipe.stream.once('data', resolve))
      expect(String(await first)).toBe('hello')
      expect(await pipe.opened).toMatchObject({ code: 0 })
    }),
)

test('a service that the callee does not have is refused before the caller has a pipe', () =>
  Stage.run(async (stage) => {
    const [caller, callee] = [await stage.node([]), await stage.node([])]
    callee.onPipe(() => {})
    const calling = caller.connect(await callee.address(), { service: 'files' })
    await expect(calling).rejects.toMatchObject({ code: 'NODE_SERVICE' })
    const tooLong = caller.connect(await callee.address(), { service: 'é'.repeat(128) })
    await expect(tooLong).rejects.toMatchObject({ code: 'NODE_BAD_OPTION' })
  }))

test('a node that nobody listens at refuses pipes, and the caller learns it', () =>
  Stage.run(async (stage) => {
    const [caller, callee] = [await stage.node([]), await stage.node([])]
    const pipe = await caller.connect(await callee.address())
    const fault = await new Promise<Error | undefined>((resolve) => pipe.onClose(resolve))
    expect(fault?.cause).toMatchObject({ code: 'NODE_SERVICE' })
    await expect(pipe.opened).rejects.toMatchObject({ code: 'NODE_SERVICE' })
  }))

test('a pipe that is closed before its refusal comes says why it was refused', () =>
  Stage.run(async (stage) => {
    const [caller, callee] = [await stage.node([]), await stage.node([])]
    const pipe = await caller.connect(await callee.address())
    await expect(pipe.close()).rejects.toThrow('the peer does not offer pipes to this node')
  }))

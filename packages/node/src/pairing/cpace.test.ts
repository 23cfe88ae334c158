import { expect, test } from '@jest/globals'
import { cpaceGenerator, cpaceKey, cpaceScalar, cpaceShare, generatorString } from './cpace.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const toHex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')

// draft-irtf-cfrg-cpace-21, appendix B.3.
const input = {
  password: new TextEncoder().encode('Password'),
  channel: hex('0b415f696e69746961746f720b425f726573706f6e646572'),
  sessionId: hex('7e4b4791d6a8ef019b936c79fb7f2c57'),
}
const ya = hex('da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08')
const yb = hex('d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d')
const Ya = hex('d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157')
const Yb = hex('3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258')
const transcript = {
  initiator: { share: Ya, data: new TextEncoder().encode('ADa') },
  responder: { share: Yb, data: new TextEncoder().encode('ADb') },
}

test('the generator of the draft', () => {
  expect(generatorString(input).length).toBe(170)
  const g = '222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56'
  expect(toHex(cpaceGenerator(input).toBytes())).toBe(g)
})

test('the shares and the key of the draft, from both sides', () => {
  const generator = cpaceGenerator(input)
  expect([toHex(cpaceShare(generator, ya)), toHex(cpaceShare(generator, yb))]).toEqual([toHex(Ya), toHex(Yb)])
  const key =
    'b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd2b38950a39dfd5d4a79164614c2984f7daa460b588c1e80c3fa2068af7900447'
  expect(toHex(cpaceKey(input.sessionId, ya, Yb, transcript))).toBe(key)
  expect(toHex(cpaceKey(input.sessionId, yb, Ya, transcript))).toBe(key)
})

test('a share that is not a point, or that is the neutral element, ends the run', () => {
  const invalid = Uint8Array.from(Yb)
  invalid[0] = (invalid[0] ?? 0) ^ 1
  for (const share of [invalid, new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(31)])
    expect(cpaceKey(input.sessionId, ya, share, transcript)).toBeUndefined()
})

test('scalars are below the order of the group and never zero', () => {
  const draws = [new Uint8Array(32), new Uint8Array(32).fill(0xff)]
  expect(toHex(cpaceScalar(() => draws.shift() ?? new Uint8Array(32)))).toBe('ff'.repeat(31) + '0f')
})

import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ReceiveWindow, SendWindow, WINDOW_BYTES } from './flow-control.ts'

const protocolError = expect.objectContaining({ code: 'UDX_PROTOCOL' })

test('a sender stops after one window when the other end does not read', () => {
  const window = new SendWindow()
  expect(window.take(WINDOW_BYTES - 1)).toBe(WINDOW_BYTES - 1)
  expect(window.take(10)).toBe(1)
  expect(window.take(10)).toBe(0)
  window.grant(5)
  expect(window.take(10)).toBe(5)
})

test('the two ends never hold more than a window, and reading always opens it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: WINDOW_BYTES }), { minLength: 1 }), (amounts) => {
      const [sender, receiver] = [new SendWindow(), new ReceiveWindow()]
      let unread = 0
      for (const amount of amounts) {
        const sent = sender.take(amount)
        receiver.receive(sent)
        unread += sent
        expect(unread).toBeLessThanOrEqual(WINDOW_BYTES)
        sender.grant(receiver.read(unread))
        unread = 0
        expect(sender.take(1)).toBe(1)
        receiver.receive(1)
        unread = 1
      }
    }),
  )
})

test('an end that sends or grants more than the window breaks the protocol', () => {
  expect(() => new SendWindow().grant(1)).toThrow(protocolError)
  const receiver = new ReceiveWindow()
  receiver.receive(WINDOW_BYTES)
  expect(() => receiver.receive(1)).toThrow(protocolError)
})

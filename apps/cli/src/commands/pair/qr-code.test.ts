import { expect, test } from '@jest/globals'
import { qrCode } from './qr-code.ts'

const COMMAND = 'p2pd send 7421-copper-parrot FILE...'

/** The text without what paints it. */
const plain = (text = '') => text.replaceAll(/\u001b\[[\d;]*m/g, '').split('\n')

test('a code is drawn in full blocks where they fit, else in half blocks, else not', () => {
  const full = plain(qrCode(COMMAND, 80, 37))
  expect([full.length, full[0]?.length]).toEqual([33, 66])
  const half = plain(qrCode(COMMAND, 40, 37))
  expect([half.length, half[0]?.length]).toEqual([17, 33])
  expect(plain(qrCode(COMMAND, 80, 24))).toEqual(half) // The usual terminal shows all of it.
  expect(qrCode(COMMAND, 32, 37)).toBeUndefined()
})

test('both colours are painted, and each line ends in the colours of the terminal', () => {
  for (const columns of [80, 40])
    for (const line of (qrCode(COMMAND, columns, 37) ?? '').split('\n')) {
      expect(line).toMatch(/^\u001b\[(107|97;107|97;40)m/)
      expect(line).toMatch(/\u001b\[0m$/)
    }
})

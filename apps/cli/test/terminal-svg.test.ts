import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { screenOf, svgOf } from './terminal-svg.ts'

test('a line of progress has its last text; colours and a QR code are left out', () => {
  const written =
    '\u001b[1mBig\u001b[0m news\r\n\u001b[40m  \u001b[107m  \u001b[0m\r\n10 %\r50 %\r\u001b[2Kdone\r\n\r\n'
  expect(screenOf(written)).toEqual(['Big news', 'done'])
})

test('a long line goes on below, and markup is text', () => {
  expect(screenOf('x'.repeat(100))).toEqual(['x'.repeat(96), 'x'.repeat(4)])
  expect(svgOf([{ title: 'A & B', lines: ['$ p2pd send CODE <file'] }])).toContain('CODE &lt;file</text>')
})

test('the picture of the README is of a session that ended well', () => {
  const picture = readFileSync(new URL('../../../docs/images/session.svg', import.meta.url), 'utf8')
  const typed = [...picture.matchAll(/class="typed"[^>]*>\$ p2pd (\w+)/g)].map(([, command]) => command)
  expect(typed).toEqual(['receive', 'send'])
  expect(picture).toMatch(/files received in [^]*files sent in /)
  expect(picture.length).toBeLessThan(10_000)
})

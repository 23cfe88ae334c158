import { expect, test } from '@jest/globals'
import { daemonLog } from './daemon-log.ts'

function logged(isTTY: boolean): string[] {
  const lines: string[] = []
  const write = (line: string) => lines.push(line) > 0
  const { log } = daemonLog({ write, isTTY }, 'info')
  log('pipe-opened', { name: 'web', peer: 'k3f', note: 'two words\u001b[2J' })
  log('unnoticed', {})
  return lines
}

test('a log is JSON lines for programs', () => {
  const [line = '', ...others] = logged(false)
  expect(JSON.parse(line)).toMatchObject({ msg: 'pipe-opened', name: 'web', pid: process.pid })
  expect(others).toEqual([])
})

test('at a terminal it is for people, without what a peer could do to the terminal', () => {
  expect(logged(true)).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d pipe-opened name=web peer=k3f note="two words\\u001b\[2J"\n$/),
  ])
})

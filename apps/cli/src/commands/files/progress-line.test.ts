import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import type { Progress } from '@p2pd/transfer'
import { PassThrough } from 'node:stream'
import { createOutput, type LogLevel } from '../../output.ts'
import { formatProgress, ProgressLine } from './progress-line.ts'

const half: Progress = { files: 1, totalFiles: 2, bytes: 50e6, totalBytes: 100e6, bytesPerSecond: 10e6 }

test('a line fits the width of the terminal, with a bar where there is room', () => {
  expect(formatProgress(half, 80)).toBe('##########----------  50 %  1 of 2 files  10.0 MB/s  0:05 left')
  expect(formatProgress(half, 40)).toBe(' 50 %  1 of 2 files  10.0 MB/s  0:05 le')
  for (const width of [10, 40, 59, 60, 200]) expect(formatProgress(half, width).length).toBeLessThan(width)
})

test('an unknown size, no rate and no bytes are not shown as something else', () => {
  expect(formatProgress({ ...half, totalBytes: undefined }, 80)).toBe('1 of 2 files  50.0 MB  10.0 MB/s')
  expect(formatProgress({ ...half, bytesPerSecond: 0 }, 80)).not.toContain('left')
  expect(formatProgress({ ...half, bytes: 0, totalBytes: 0 }, 80)).toContain('100 %')
  expect(formatProgress({ ...half, bytes: 0, bytesPerSecond: 10_000 }, 80)).toContain('2:46:40 left')
})

/** The texts that a line writes when there is progress every half second. */
async function written(isTerminal: boolean, seconds: number): Promise<string[]> {
  const clock = new ManualClock()
  const texts: string[] = []
  const write = (text: string) => void texts.push(text)
  const line = new ProgressLine({ isTerminal, width: () => 80, draw: write, write }, clock)
  for (let at = 0; at <= seconds * 1000; at += 500) {
    await clock.advance(500)
    line.show(half)
  }
  line.clear()
  return texts
}

test('a terminal sees nothing in the first second, then one line that is drawn over', async () => {
  expect(await written(true, 0)).toEqual([])
  const texts = await written(true, 3)
  expect(texts.length).toBe(7)
  for (const text of texts) expect(text).not.toContain('\n')
  expect(texts.at(-1)).toBe('')
})

test('without a terminal there is a line every 10 s, and no escape sequence', async () => {
  const texts = await written(false, 30)
  expect(texts.length).toBe(3)
  for (const text of texts) expect(text).toMatch(/^#+-+ {2}50 %.*left\n$/)
})

/** The bytes at a terminal where somebody draws a line, and others write who do not know of it. */
function bytesOf(logLevel: LogLevel): string {
  const stderr = new PassThrough({ encoding: 'utf8' })
  const output = createOutput({ json: false, logLevel, stdout: new PassThrough(), stderr })
  output.draw('50 %')
  output.draw('60 %')
  output.info('No path for now')
  output.error('lost')
  output.draw('')
  return String(stderr.read() ?? '')
}

test('any text takes the place of a line that is drawn, and begins in the first column', () => {
  const clear = '\r\u001b[K'
  expect(bytesOf('info')).toBe(`${clear}50 %${clear}60 %${clear}No path for now\np2pd: lost\n`)
  expect(bytesOf('error')).toBe('p2pd: lost\n')
})

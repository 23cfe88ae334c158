import { systemReason } from '@p2pd/netif'
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Output } from '../../output.ts'

/** A line that has no end by then is cut: a program may print whatever it likes. */
const LONGEST_LINE = 65_536

/** Tells what a program on a host prints, line by line, and at the end how it ended. */
export function relayOutput(output: Output, host: string, program: ChildProcess): Promise<void> {
  for (const stream of ['stdout', 'stderr'] as const) {
    onLine(program[stream], (text) => {
      output.event({ event: 'output', host, stream, text })
      if (!output.json) output.info(`${host} | ${text}`)
    })
  }
  return new Promise((resolve) => {
    program.once('error', (error) => {
      output.error(`${host}: ${systemReason(error)}`)
      resolve()
    })
    // Comes after the last of its output.
    program.once('close', (code: number, signal: NodeJS.Signals | null) => {
      output.event({ event: 'exited', host, status: signal === null ? code : null })
      resolve()
    })
  })
}

function onLine(stream: Readable | null, say: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) say(line)
    if (rest.length < LONGEST_LINE) return
    say(rest)
    rest = ''
  })
  stream?.on('end', () => {
    if (rest !== '') say(rest)
  })
}

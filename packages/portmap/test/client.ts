import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { programFile } from '@p2pd/netif/testing'
import type { LeaseState } from '@p2pd/portmap'
import type { RealGateway } from './real-gateway.ts'

interface Line {
  readonly answer?: unknown
  readonly change?: number
  readonly state?: LeaseState
  readonly heard?: string
}

/** The answer of `map`. */
export interface MapAnswer {
  readonly state: LeaseState
  readonly elapsedMs: number
}

export type Client = ReturnType<typeof startClient>

/** The client's program, driven from the test. */
export function startClient(gateway: RealGateway, role: 'client' | 'other' = 'client', storeFile = '') {
  const node = [process.execPath, programFile('client-program'), storeFile]
  const child = gateway.spawn(role, node)
  const lines: Line[] = []
  let arrived = () => {}
  if (child.stdout === null) throw new Error('no standard output')
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line)
    arrived()
  })

  /** Takes the first line that fits, now or when it comes. */
  const take = async (fits: (line: Line) => boolean): Promise<Line> => {
    for (;;) {
      const index = lines.findIndex(fits)
      const [line] = index === -1 ? [] : lines.splice(index, 1)
      if (line !== undefined) return line
      await new Promise<void>((resolve) => (arrived = resolve))
    }
  }

  const tell = async <Answer>(...command: unknown[]): Promise<Answer> => {
    child.stdin?.write(`${JSON.stringify(command)}\n`)
    return (await take((line) => 'answer' in line)).answer as Answer
  }

  const ended = once(child, 'exit')
  return {
    tell,
    /** Opens a mapper for another test, and forgets what the program has said. */
    open: async () => {
      await tell('open')
      lines.length = 0
    },
    map: (...args: unknown[]) => tell<MapAnswer>('map', ...args),
    change: async (fits: (state: LeaseState) => boolean) =>
      (await take(({ state }) => state !== undefined && fits(state))).state,
    heard: async () => (await take((line) => line.heard !== undefined)).heard,
    kill: async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await ended
    },
    stop: async () => {
      child.stdin?.end()
      await ended
    },
  }
}

import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { inFolder, writeServers } from '../../testdata/run.ts'
import { objectsOf, start } from '../../testdata/start-process.ts'

const MIB = 2 ** 20
const FILE_LENGTH = 8 * MIB

type Event = Record<string, unknown>

/** A command in a separate process, and its events. */
interface Command {
  readonly child: ChildProcess
  /** The next event of this kind. */
  next(kind: string): Promise<Event>
}

function begin(path: (name: string) => string, user: string, args: readonly string[]): Command {
  const common = ['--json', '--servers', path('servers.json'), '--identity', path(`${user}.pem`)]
  const child = start([...args, ...common], {
    env: { XDG_CONFIG_HOME: path(`${user}-config`), P2PD_PORT_MAPPING: 'off' },
  })
  child.stderr?.resume()
  const take = objectsOf(child)
  const next = async (kind: string) => {
    for (;;) {
      const event = await take()
      if (event.event === kind) return event
    }
  }
  return { child, next }
}

/** The number of bytes of which a command reports at least so many. */
async function moved({ next }: Command, bytes: number): Promise<void> {
  while (Number((await next('progress')).bytes) < bytes);
}

async function kill({ child }: Command): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test(
  'H3: a receiver that is killed before and in the midst of a file is started again, and the sender goes on',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      writeServers(path('servers.json'), infra.servers)
      writeFileSync(path('big'), randomBytes(FILE_LENGTH))
      const receive = () => begin(path, 'bob', ['receive', path('inbox'), '--yes'])
      const commands: Command[] = []
      const begun = (command: Command) => {
        commands.push(command)
        return command
      }
      try {
        const first = begun(receive())
        const { id } = await first.next('listening')
        const sender = begun(begin(path, 'alice', ['send', String(id), path('big'), '--limit', '4MB/s']))
        await sender.next('accepted')
        await kill(first)

        const second = begun(receive())
        await moved(second, 2 * MIB)
        await kill(second)

        const third = begun(receive())
        const continued = await third.next('continued')
        expect(continued).toMatchObject({ path: 'big' })
        expect(Number(continued.bytes)).toBeGreaterThanOrEqual(MIB)
        // No chunk that is there moves again, and so none is hashed again.
        const { movedBytes } = await third.next('done')
        expect(Number(movedBytes) + Number(continued.bytes)).toBe(FILE_LENGTH)
        expect(await sender.next('done')).toMatchObject({ stored: 1, failed: 0 })
        expect(readdirSync(path('inbox'))).toEqual(['big'])
        expect(readFileSync(path('inbox/big')).equals(readFileSync(path('big')))).toBe(true)
      } finally {
        for (const { child } of commands) child.kill('SIGKILL')
        await infra.close()
      }
    }),
  60_000,
)

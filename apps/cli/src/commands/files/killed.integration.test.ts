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

/** Two users with a broker, and a file that one of them has. */
interface Stage {
  readonly path: (name: string) => string
  send(target: string): Command
  receive(): Command
  /** Shows a code, and lets in only who types it. */
  receiveByCode(folder?: string): Command
}

const onStage = (work: (stage: Stage) => Promise<void>) =>
  inFolder(async (path) => {
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
    writeServers(path('servers.json'), infra.servers)
    writeFileSync(path('big'), randomBytes(FILE_LENGTH))
    const commands: Command[] = []
    const run = (user: string, args: readonly string[]) => {
      const command = begin(path, user, args)
      commands.push(command)
      return command
    }
    try {
      await work({
        path,
        send: (target) => run('alice', ['send', target, path('big'), '--limit', '4MB/s']),
        receive: () => run('bob', ['receive', path('inbox'), '--yes']),
        receiveByCode: (folder = 'inbox') => run('bob', ['receive', path(folder), '--yes', '--code']),
      })
      expect(readdirSync(path('inbox'))).toEqual(['big'])
      expect(readFileSync(path('inbox/big')).equals(readFileSync(path('big')))).toBe(true)
    } finally {
      for (const { child } of commands) child.kill('SIGKILL')
      await infra.close()
    }
  })

/** The rest of a transfer: no chunk that is there moves again, and so none is hashed again. */
async function onlyTheRestMoves({ next }: Command, atLeast: number): Promise<void> {
  const continued = await next('continued')
  expect(continued).toMatchObject({ path: 'big' })
  expect(Number(continued.bytes)).toBeGreaterThanOrEqual(atLeast)
  const { movedBytes } = await next('done')
  expect(Number(movedBytes) + Number(continued.bytes)).toBe(FILE_LENGTH)
}

test(
  'H3: a receiver that is killed before and in the midst of a file is started again, and the sender goes on',
  () =>
    onStage(async ({ send, receive }) => {
      const first = receive()
      const { id } = await first.next('listening')
      const sender = send(String(id))
      await sender.next('accepted')
      await kill(first)

      const second = receive()
      await moved(second, 2 * MIB)
      await kill(second)

      await onlyTheRestMoves(receive(), MIB)
      expect(await sender.next('done')).toMatchObject({ stored: 1, failed: 0 })
    }),
  60_000,
)

test(
  'H3: a sender that is killed before, and twice in the midst of a file, is started again, and the receiver goes on',
  () =>
    onStage(async ({ send, receive }) => {
      const receiver = receive()
      const { id } = await receiver.next('listening')
      const offering = send(String(id))
      await offering.next('offer')
      await kill(offering)

      for (const bytes of [2 * MIB, 5 * MIB]) {
        const sender = send(String(id))
        await moved(sender, bytes)
        await kill(sender)
      }

      const last = send(String(id))
      await last.next('accepted')
      // The second sender continued what the first one began, and this one continues that.
      await receiver.next('continued')
      await onlyTheRestMoves(receiver, 4 * MIB)
      expect(await last.next('done')).toMatchObject({ stored: 1, failed: 0 })
    }),
  60_000,
)

test(
  'H3: both ends are killed in the midst of a file, and the same two commands do the rest',
  () =>
    onStage(async ({ send, receive }) => {
      const receiver = receive()
      const { id } = await receiver.next('listening')
      const sender = send(String(id))
      await moved(receiver, 3 * MIB)
      await Promise.all([kill(sender), kill(receiver)])

      const again = receive()
      await again.next('listening')
      const last = send(String(id))
      await onlyTheRestMoves(again, 2 * MIB)
      expect(await last.next('done')).toMatchObject({ stored: 1, failed: 0 })
    }),
  60_000,
)

test(
  'H3, H4: a receiver that showed a code is killed, and the next one lets the same sender go on',
  () =>
    onStage(async ({ send, receiveByCode }) => {
      const first = receiveByCode()
      const { code } = await first.next('code')
      const sender = send(String(code))
      await moved(first, 2 * MIB)
      await kill(first)

      const second = receiveByCode()
      await onlyTheRestMoves(second, MIB)
      expect(await sender.next('done')).toMatchObject({ stored: 1, failed: 0 })
    }),
  60_000,
)

test(
  'H3, H4: a receiver that showed a code is killed, and one for another folder refuses the sender in words',
  () =>
    onStage(async ({ send, receiveByCode }) => {
      const first = receiveByCode()
      const { id } = await first.next('listening')
      const sender = send(String((await first.next('code')).code))
      await moved(first, 2 * MIB)
      await kill(first)

      const other = receiveByCode('elsewhere')
      expect(await sender.next('failed')).toMatchObject({
        code: 'NODE_SERVICE',
        reason: expect.stringContaining('who types that code'),
      })
      await kill(other)
      const again = receiveByCode()
      const last = send(String(id))
      await onlyTheRestMoves(again, MIB)
      expect(await last.next('done')).toMatchObject({ stored: 1, failed: 0 })
    }),
  60_000,
)

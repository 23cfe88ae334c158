import { expect, jest, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { type Play, pairUsers, play, type Process } from '../testdata/play.ts'
import { until } from '@p2pd/netif/testing'

// Many commands, one after the other: each loads its modules first.
jest.setTimeout(90_000)

/** Two users who are contacts; alice's daemon is a process that can be killed, and bob serves. */
const withDaemon = (
  act: (stage: Play & { readonly daemon: Process; readonly bob: string }) => Promise<void>,
) =>
  play(async (stage) => {
    await pairUsers(stage.as)
    const daemon = stage.process('alice', 'daemon', '--port', '0')
    await daemon.next('ready')
    const serving = stage.as('bob', 'serve', `web=127.0.0.1:${stage.port}`)
    const { id } = await serving.next()
    await act({ ...stage, daemon, bob: String(id) })
  })

/** Commands that run until they are ended, each with its last event before that. */
const LASTING: readonly [string, string[], string][] = [
  ['forward', ['forward', '0', 'bob:web'], 'forwarding'],
  ['socks', ['socks', '0', 'bob'], 'forwarding'],
  ['serve', ['serve', '1'], 'serving'],
  ['listen', ['listen', '--echo'], 'listening'],
  ['receive', ['receive', '--yes'], 'listening'],
]

/** Reads events of a command up to one of this kind. */
async function reach({ next }: Pick<Process, 'next'>, kind: string): Promise<Record<string, unknown>> {
  for (let event = await next(); ; event = await next()) if (event.event === kind) return event
}

test('D4: the death of the daemon ends each command that uses it, with the reason', () =>
  withDaemon(async ({ as, daemon, path }) => {
    const lasting: { readonly name: string; readonly command: ReturnType<Play['as']> }[] = []
    for (const [name, args, kind] of LASTING) {
      const command = as('alice', ...args)
      await reach(command, kind)
      lasting.push({ name, command })
    }
    const receiving = as('carol', 'receive', path('inbox'), '--yes')
    const { id } = await receiving.next()
    writeFileSync(path('big'), Buffer.alloc(20_000_000))
    const sending = as('alice', 'send', String(id), path('big'), '--limit', '1MB/s')
    await reach(sending, 'progress')
    daemon.kill()
    for (const { name, command } of [...lasting, { name: 'send', command: sending }]) {
      expect([name, await reach(command, 'failed')]).toMatchObject([name, { code: 'CLI_DAEMON' }])
      expect([name, await command.status]).toEqual([name, 1])
    }
  }))

test('D4: nothing of a command that was killed is left in the daemon', () =>
  withDaemon(async ({ as, process, heldBy }) => {
    const commands = LASTING.map(([, args, kind]) => ({ kind, command: process('alice', ...args) }))
    let local = ''
    for (const { kind, command } of commands) {
      const event = await reach(command, kind)
      if (event.service === 'web') local = String(event.local)
    }
    const socket = connect(Number(local.split(':').at(-1)), '127.0.0.1').on('error', () => {})
    socket.write('a question without an end')
    const connected = process('alice', 'connect', 'bob')
    void connected
    await once(socket, 'connect')
    const held = await heldBy('alice')
    expect(held.services).toEqual(['files', '1'])
    expect(held.listener).toMatch(/^cli-/)
    expect(held.pipes.length).toBeGreaterThan(0)
    for (const { command } of commands) command.kill()
    connected.kill()
    await until(
      () => heldBy('alice'),
      ({ pipes, services, listener }) =>
        pipes.length === 0 && services.length === 1 && listener === undefined,
    )
    // The next command gets what the killed one had.
    const listening = as('alice', 'listen', '--echo')
    expect(await listening.next()).toMatchObject({ event: 'listening' })
    listening.interrupt()
    expect(await listening.status).toBe(0)
  }))

import { expect } from '@jest/globals'
import { createClient } from '@p2pd/client'
import { unixFetch } from '@p2pd/client/node'
import { socketPath } from '@p2pd/daemon/socket'
import { startInfra } from '@p2pd/infra'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { inFolder, run, writeServers } from './run.ts'
import { objectsOf, start as startChild } from './start-process.ts'

type Running = ReturnType<typeof run>

export interface Play {
  /** Runs a command of one of two users; their settings are apart. */
  readonly as: (user: string, ...args: string[]) => Running
  /** The same with texts for people, and bytes on standard output. */
  readonly plainly: Play['as']
  readonly port: number
  /** Runs a command of a user as a process, which can be killed. */
  readonly process: (user: string, ...args: string[]) => Process
  /** The names of what the daemon of a user holds: pipes, services, and the client that takes callers. */
  readonly heldBy: (user: string) => Promise<Held>
  readonly path: (name: string) => string
}

/** A command that runs as a process. */
export interface Process {
  next(kind?: string): Promise<Record<string, unknown>>
  kill(): void
  readonly status: Promise<number | null>
}

/** The things that a daemon holds for others. */
export interface Held {
  readonly pipes: readonly { readonly name: string; readonly client?: string }[]
  readonly services: readonly string[]
  readonly listener: string | undefined
}

/** Two users, brokers, and a server that answers when the question has ended. */
export const play = (act: (play: Play) => Promise<void>) =>
  inFolder(async (path) => {
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let question = ''
      socket.on('error', () => {}) // The other end was killed.
      socket.on('data', (data) => (question += String(data)))
      socket.on('end', () => socket.end(`answer to ${question}`))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const running: Running[] = []
    const processes: ChildProcess[] = []
    const servers = writeServers(path('servers.json'), infra.servers)
    const envOf = (user: string) => ({
      XDG_CONFIG_HOME: path(user),
      APPDATA: path(user),
      XDG_RUNTIME_DIR: path(`${user}-run`),
      P2PD_PORT_MAPPING: 'off',
    })
    const lineOf = (user: string, args: readonly string[]) => {
      const identity = args.includes('--identity') ? [] : ['--identity', path(`${user}.pem`)]
      const named = args.includes('--servers') ? [] : ['--servers', servers]
      return [...args, ...named, ...identity]
    }
    const start = (user: string, args: readonly string[]) => {
      const command = run(lineOf(user, args), envOf(user))
      running.push(command)
      return command
    }
    const startProcess: Play['process'] = (user, ...args) => {
      const child = startChild(lineOf(user, [...args, '--json']), { env: envOf(user) })
      processes.push(child)
      child.stderr?.resume()
      const take = objectsOf(child)
      const next = async (kind?: string) => {
        for (;;) {
          const event = await take()
          if (kind === undefined || event.event === kind) return event
        }
      }
      const status = once(child, 'exit').then(([code]) => code as number | null)
      return { next, kill: () => void child.kill('SIGKILL'), status }
    }
    const heldBy: Play['heldBy'] = async (user) => {
      const client = createClient({ fetch: unixFetch(socketPath(envOf(user))) })
      const { items: pipes } = await client.request('get /v1/pipes')
      const { items } = await client.request('get /v1/services')
      const { client: listener } = await client.request('get /v1/listener')
      return { pipes, services: items.map(({ name }) => name), listener }
    }
    const as: Play['as'] = (user, ...args) => start(user, [...args, '--json'])
    const plainly: Play['as'] = (user, ...args) => start(user, args)
    try {
      const { port } = server.address() as { port: number }
      await act({ as, plainly, port, process: startProcess, heldBy, path })
    } finally {
      for (const child of processes) child.kill('SIGKILL')
      for (const command of running) command.interrupt()
      await Promise.all(running.map(({ status }) => status))
      server.close()
      await infra.close()
    }
  })

/** Makes two users contacts of each other. */
export async function pairUsers(as: Play['as']): Promise<void> {
  const waiting = as('alice', 'pair', '--remember', 'bob')
  const { code } = await waiting.next()
  const guessing = as('bob', 'pair', ...String(code).split('-'), '--remember', 'alice')
  expect(await guessing.next()).toMatchObject({ event: 'paired', name: 'alice' })
  expect(await waiting.next()).toMatchObject({ event: 'paired', name: 'bob' })
  expect([await waiting.status, await guessing.status]).toEqual([0, 0])
}

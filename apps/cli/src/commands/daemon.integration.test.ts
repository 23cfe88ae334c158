import { expect, test } from '@jest/globals'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { inFolder, run, writeServers } from '../testdata/run.ts'

/** Runs the command with files in a folder of the test. */
const daemon = (path: (name: string) => string, ...options: string[]) => {
  const servers = writeServers(path('servers.json'), { stun: [], turn: [], mqtt: [] })
  const args = ['daemon', '--json', '--port', '0', '--servers', servers, '--identity', path('identity.pem')]
  return run([...args, ...options], { XDG_CONFIG_HOME: path('config') })
}

function overSocket(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/version' }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve(text))
    })
    asking.on('error', reject).end()
  })
}

test('D4: daemon says where it is; its socket is private; it ends', () =>
  inFolder(async (path) => {
    const running = daemon(path)
    const { event, url, socket } = await running.next()
    expect(event).toBe('ready')
    expect(await (await fetch(`${String(url)}/p2p/open/me/self`)).json()).toMatchObject({ error: 0 })
    expect(statSync(String(socket)).mode & 0o777).toBe(0o600)
    expect(statSync(path('config/p2pd/run')).mode & 0o777).toBe(0o700)
    expect(await overSocket(String(socket))).toContain('P2PD')
    running.interrupt()
    expect(await running.status).toBe(0)
    expect(existsSync(String(socket))).toBe(false)
  }))

test('D4: a second daemon fails and says who is there', () =>
  inFolder(async (path) => {
    const first = daemon(path)
    const { url } = await first.next()
    const second = daemon(path)
    expect(await second.next()).toMatchObject({ event: 'failed', code: 'DAEMON_RUNNING' })
    expect(await second.status).toBe(1)
    const holder = `pid ${process.pid}, ${String(url)}`
    expect(second.errors().trim().split('\n')).toEqual([
      expect.stringMatching(/another daemon holds .+: pid/),
    ])
    expect(second.errors()).toContain(holder)
    // One with other files has another socket, and finds the port taken.
    const { port } = new URL(String(url))
    const third = daemon((name) => path(`other-${name}`), '--port', port)
    expect(await third.next()).toMatchObject({ event: 'failed', code: 'DAEMON_LISTEN' })
    expect(third.errors()).toContain(`another daemon listens there (${holder})`)
    first.interrupt()
    await first.status
  }))

test('D4: the port of another program is an error in words', () =>
  inFolder(async (path) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const running = daemon(path, '--port', String(port))
    expect(await running.next()).toMatchObject({ event: 'failed', code: 'DAEMON_LISTEN' })
    expect(await running.status).toBe(1)
    other.close()
  }))

test('D3: beyond loopback there is no daemon without a token; with it nothing passes without', () =>
  inFolder(async (path) => {
    const open = daemon(path, '--host', '0.0.0.0')
    expect(await open.next()).toMatchObject({ event: 'failed', code: 'DAEMON_NO_TOKEN' })
    expect(await open.status).toBe(1)
    const guarded = daemon(path, '--host', '0.0.0.0', '--require-token')
    const { url } = await guarded.next()
    const at = String(url).replace('0.0.0.0', '127.0.0.1')
    expect((await fetch(`${at}/version`)).status).toBe(401)
    const file = path('config/p2pd/daemon-token')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const headers = { authorization: `Bearer ${readFileSync(file, 'utf8').trim()}` }
    expect((await fetch(`${at}/version`, { headers })).status).toBe(200)
    guarded.interrupt()
    await guarded.status
    expect(guarded.errors()).not.toContain(headers.authorization.slice(7))
  }))

test('D4: daemon --install --user writes a unit that runs it with the same options', () =>
  inFolder(async (path) => {
    const running = daemon(path, '--install', '--user', '--allowed-host', 'here.example')
    const unit = path('config/systemd/user/p2pd.service')
    expect(await running.next()).toEqual({ event: 'installed', path: unit })
    expect(await running.status).toBe(0)
    const text = readFileSync(unit, 'utf8')
    expect(text).toMatch(/^ExecStart=\S+ .* daemon --port 0 .*--allowed-host here\.example/m)
    expect(text).toContain(`--servers ${path('servers.json')} --identity ${path('identity.pem')}`)
    expect(text).toContain('WantedBy=default.target')
  }))

import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readAll, withDaemon } from '../testdata/daemon-stage.ts'
import { loadToken } from './token-file.ts'

/** The status of a GET with these headers, which `fetch` would not let one set. */
function status(port: number, headers: Record<string, string>, path = '/p2p/open/c/self'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ port, host: '127.0.0.1', path, headers }, (response) => {
      for (const [name, value] of Object.entries(response.headers))
        if (name.startsWith('access-control')) reject(new Error(`${name}: ${String(value)}`))
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    asking.on('error', reject).end()
  })
}

test('D3: what a foreign page can send changes nothing', () =>
  withDaemon(async ({ port, json, dial }) => {
    const foreign: Record<string, string>[] = [
      { host: 'rebound.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'http://127.0.0.1:3000' },
    ]
    for (const headers of foreign) expect([401, 403]).toContain(await status(port, headers))
    expect(await json('/p2p/con/c')).toMatchObject({ error: 4 })
    await json('/p2p/open/c/self')
    const lines = (headers: Record<string, string>) =>
      Object.entries({ host: 'localhost', ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')
    for (const headers of foreign) {
      const raw = await dial(`GET /p2p/pipe/c HTTP/1.1\r\n${lines(headers)}\r\nECHO x`)
      expect(await readAll(raw)).toMatch(/^HTTP\/1\.1 40[13] /)
      const upgrade = `Connection: Upgrade\r\nUpgrade: p2pd\r\n${lines(headers)}`
      const upgraded = await dial(`GET /p2p/pipe/c HTTP/1.1\r\n${upgrade}\r\nECHO x`)
      expect(await readAll(upgraded)).toMatch(/^HTTP\/1.1 40[13] /)
    }
    expect(await json('/p2p/recv/c?timeout=0')).toMatchObject({ error: 6 })
  }))

test('D3: a page without a name for the host is not let through by leaving it out', () =>
  withDaemon(async ({ dial }) => {
    const answer = await readAll(await dial('GET /version HTTP/1.1\r\nConnection: close\r\n\r\n'))
    expect(answer).toMatch(/^HTTP\/1.1 403 /)
  }))

test('D3: patterns that are hostile are refused or run in linear time', () =>
  withDaemon(async ({ json }) => {
    await json('/p2p/open/c/self')
    for (const pattern of ['(', '(?=a)', '((a{100}){100}){100}', 'x'.repeat(600), '\\'])
      expect(await json(`/p2p/sub/c?msg_p=${encodeURIComponent(pattern)}`)).toMatchObject({ error: 1 })
    const evil = encodeURIComponent('^(a+)+$')
    expect(await json(`/p2p/sub/c?msg_p=${evil}`)).toMatchObject({ error: 0 })
    // A search that goes back would not end in this century.
    await json(`/p2p/send/c/${'a'.repeat(8000)}!`)
    expect(await json(`/p2p/recv/c`)).toMatchObject({ error: 0 })
    expect(await json(`/p2p/recv/c?msg_p=${evil}&timeout=0`)).toMatchObject({ error: 6 })
  }))

test('D3: the token: made once, private, and needed by everything but health and the page', () =>
  withDaemon(async ({ folder }) => {
    const tokenFile = join(folder, 'token')
    const token = await loadToken(tokenFile)
    expect(await loadToken(tokenFile)).toBe(token)
    await withDaemon(
      async ({ port, dial }) => {
        for (const path of ['/version', '/p2p/addr', '/v1/node', '/metrics', '/nothing']) {
          expect(await status(port, {}, path)).toBe(401)
          expect(await status(port, { authorization: `Bearer ${token}x` }, path)).toBe(401)
          expect(await status(port, { authorization: 'Basic x' }, path)).toBe(401)
        }
        expect(await status(port, { authorization: `Bearer ${token}` }, '/version')).toBe(200)
        expect(await readAll(await dial('CONNECT c:1 HTTP/1.1\r\n\r\n'))).toMatch(/^HTTP\/1.1 401 /)
      },
      { tokenFile },
    )
    chmodSync(tokenFile, 0o644)
    await expect(loadToken(tokenFile)).rejects.toMatchObject({ code: 'DAEMON_TOKEN_FILE' })
  }))

test('I1: fault 19: where the file system has no hard links, many at once agree on one token as well', () =>
  withDaemon(async ({ folder }) => {
    const file = join(folder, 'token')
    const program = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      fs.promises.link = async () => {
        throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
      }
      syncBuiltinESMExports()
      const { loadToken } = await import(${JSON.stringify(new URL('token-file.ts', import.meta.url).href)})
      const made = await Promise.all(Array.from({ length: 20 }, () => loadToken(${JSON.stringify(file)})))
      console.log(new Set(made).size, made[0])`
    const args = ['--import', 'tsx', '--conditions=@p2pd/source', '--input-type=module', '--eval', program]
    const options = {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: '' },
    }
    const { stdout } = await promisify(execFile)(process.execPath, args, options)
    expect(stdout.trim()).toBe(`1 ${await loadToken(file)}`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  }))

const TOKEN = 'a-token-that-somebody-has-chosen-for-the-daemon'
test.each([
  ['with line ends of Windows', `${TOKEN}\r\n`, true],
  ['with a byte order mark', `\uFEFF${TOKEN}\n\n`, true],
  ['of two lines', `${TOKEN}\n${TOKEN}\n`, false],
  ['in UTF-16', Buffer.from(`\uFEFF${TOKEN}`, 'utf16le'), false],
])('I1: fault 20: a token file %s', (_, content, isRead) =>
  withDaemon(async ({ folder }) => {
    const file = join(folder, 'token')
    writeFileSync(file, content, { mode: 0o600 })
    if (isRead) expect(await loadToken(file)).toBe(TOKEN)
    else await expect(loadToken(file)).rejects.toThrow(`${file} holds no token: remove it`)
  }),
)

test('I1: fault 19: a token file that a process was killed in is refused', () =>
  withDaemon(async ({ folder }) => {
    const file = join(folder, 'token')
    writeFileSync(file, 'half a tok', { mode: 0o600 })
    await expect(loadToken(file)).rejects.toThrow(`${file} holds no token: remove it`)
  }))

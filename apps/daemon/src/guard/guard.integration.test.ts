import { expect, test } from '@jest/globals'
import { chmodSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
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
      expect(await readAll(raw)).toBe('')
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
    const startedAt = performance.now()
    await json(`/p2p/send/c/${'a'.repeat(8000)}!`)
    expect(await json(`/p2p/recv/c`)).toMatchObject({ error: 0 })
    expect(await json(`/p2p/recv/c?msg_p=${evil}&timeout=0`)).toMatchObject({ error: 6 })
    expect(performance.now() - startedAt).toBeLessThan(5000)
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

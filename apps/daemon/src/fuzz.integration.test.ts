import { afterAll, expect, test } from '@jest/globals'
import { Dice } from '@p2pd/netif/testing'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stage, withDaemon } from './testdata/daemon-stage.ts'
import { isTunnelPath } from './tunnel/tunnel-request.ts'

/** A short share by default; `P2PD_FUZZ_SECONDS=600 npm test -- apps/daemon/src/fuzz` is the long run. */
const SECONDS = Number(process.env.P2PD_FUZZ_SECONDS ?? 2)
const SEED = Number(process.env.P2PD_FUZZ_SEED ?? 1)
const AT_ONCE = 8
/** A daemon that is being fuzzed keeps its bounds: 8 MiB a subscription, and none of these clients makes many. */
const MAX_GROWTH_BYTES = 200 * 1024 * 1024
/** A request that is not answered by then hangs. The longest that is asked for is 100 ms. */
const PATIENCE_MS = 10_000
/** A tunnel is left again after this. */
const TUNNEL_MS = 200

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'BREW', 'CONNECT']
// No word is a name that could be looked up in the DNS.
const WORDS = [
  'p2p open close con info send recv binary sub pipe tunnel version ifs addr v1 node pipes messages stream events',
  'services forwards pairings transfers upload waiting accept refuse streams 1 2 files',
  'contacts reports candidates interfaces nat-reports brokers openapi.json metrics healthz readyz page.js',
  'a! self name msg_p addr_p timeout .. . %2F %00 %ff %zz %u0041 ~ %2e%2e ECHO%20x %F0%9F%92%A9',
].flatMap((line) => line.split(' '))
const VALUES = [
  '',
  '0',
  '0.1',
  '-1',
  'NaN',
  '1e999',
  '(a+)+$',
  '[',
  "('127.0.0.1', 0)",
  '\\p{L}',
  '%ff',
  '{"x":1}',
]
const HEADERS = [
  ['origin', ['null', 'http://x.example', 'http://127.0.0.1:1', '%']],
  ['sec-fetch-site', ['none', 'cross-site', 'same-origin', '']],
  ['host', ['localhost', '127.0.0.1', 'x.example', '[::1]:1', '']],
  [
    'content-type',
    ['application/json', 'text/plain', 'application/octet-stream', 'x', 'multipart/form-data'],
  ],
  ['upgrade', ['p2pd', 'p2pd-raw', 'websocket', 'h2c']],
  ['connection', ['upgrade', 'close', 'keep-alive']],
  ['last-event-id', ['0', '-1', '9e99', 'x']],
  ['idempotency-key', ['k', '']],
  ['authorization', ['Bearer x', 'Basic x', '']],
  ['sec-websocket-key', ['dGhlIHNhbXBsZSBub25jZQ==', 'x']],
  ['sec-websocket-version', ['13', '99']],
  ['transfer-encoding', ['chunked', 'gzip, chunked']],
  ['content-length', ['0', '3', '99999999999', '-1']],
] as const
const BODIES = [
  '',
  '{}',
  '{"target":"self"}',
  '{"target":"!"}',
  '[',
  '{"text":"x"}',
  '{"data":"%%%"}',
  'null',
  '{"__proto__":1}',
  '{"local":"0","target":"self","service":"x","timeoutMs":50}',
  '{"to":"1","allow":["ask"]}',
  '{"code":"1-a-b"}',
]

const pick = <T>(dice: Dice, values: readonly T[]): T => values[dice.below(values.length)] as T

function randomPath(dice: Dice): string {
  const parts = Array.from({ length: dice.below(6) }, () => pick(dice, WORDS))
  const query = Array.from({ length: dice.below(3) }, () => `${pick(dice, WORDS)}=${pick(dice, VALUES)}`)
  // A pause of a client would make the fuzzer wait.
  return `/${parts.join('/')}?timeout=0&timeoutMs=0&${query.join('&')}`
}

function randomHeaders(dice: Dice): [string, string][] {
  return Array.from({ length: dice.below(5) }, () => {
    const [name, values] = pick<(typeof HEADERS)[number]>(dice, HEADERS)
    return [name, pick<string>(dice, values)]
  })
}

/** A request as bytes: Node's client would refuse to send most of these. */
function randomRequest(dice: Dice): Buffer {
  if (dice.below(10) === 0) return Buffer.from(Array.from({ length: dice.below(300) }, () => dice.below(256)))
  const lines = randomHeaders(dice).map(([name, value]) => `${name}: ${value}`)
  const host = dice.below(10) === 0 ? [] : ['host: localhost']
  const head = [`${pick(dice, METHODS)} ${randomPath(dice)} HTTP/1.1`, ...host, ...lines].join('\r\n')
  const whole = Buffer.from(`${head}\r\n\r\n${pick(dice, BODIES)}`)
  return dice.below(8) === 0 ? whole.subarray(0, dice.below(whole.length)) : whole
}

/** Sends bytes, ends, and takes what comes. The status of the answer, or undefined when the connection just closed. */
function exchange(port: number, bytes: Uint8Array): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no end of ${Buffer.from(bytes).toString('latin1')}\n${text}`))
    }, PATIENCE_MS)
    socket.on('error', () => {}) // A reset is an answer as well.
    socket.on('data', (data) => {
      if (text.length < 100) text += data.toString('latin1')
      // Events and tunnels go on until their client leaves.
      if (
        /text\/event-stream|^HTTP\/1\.1 101|^HTTP\/1\.1 200 Connection/.test(text + data.toString('latin1'))
      )
        socket.destroy()
    })
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(/^HTTP\/1\.1 (\d+)/.test(text) ? Number(text.slice(9, 12)) : undefined)
    })
    socket.end(bytes)
  })
}

function wellFormed(port: number, dice: Dice): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      method: pick(dice, METHODS.slice(0, 4)),
      path: randomPath(dice).replaceAll(' ', '%20'),
    }
    const headers = { 'content-type': 'application/json' }
    // Where the pipe is open, a tunnel by a mere GET answers nothing.
    const isTunnel = options.method === 'GET' && isTunnelPath(options.path)
    const timeout = isTunnel ? TUNNEL_MS : PATIENCE_MS
    const sending = request({ ...options, headers, agent: false, timeout }, (response) => {
      response.resume().on('error', () => {})
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    sending.on('timeout', () => {
      const fault = isTunnel ? 'a tunnel' : `no answer to ${options.method} ${options.path}`
      sending.destroy(new Error(fault))
    })
    sending.on('error', (error: NodeJS.ErrnoException) =>
      error.message.startsWith('no answer') ? reject(error) : resolve(0),
    )
    sending.end(options.method === 'GET' ? undefined : pick(dice, BODIES))
  })
}

async function fuzz({ port, json }: Stage): Promise<void> {
  const dice = new Dice(SEED)
  const statuses = new Map<number, number>()
  const until = performance.now() + SECONDS * 1000
  const before = process.memoryUsage().rss
  while (performance.now() < until) {
    const answers = Array.from({ length: AT_ONCE }, () =>
      dice.below(2) === 0 ? exchange(port, randomRequest(dice)) : wellFormed(port, dice),
    )
    for (const status of await Promise.all(answers))
      statuses.set(status ?? 0, (statuses.get(status ?? 0) ?? 0) + 1)
  }
  expect((await json('/version')).error).toBe(0)
  // An error that nobody foresaw is answered with 500.
  expect([...statuses.keys()]).not.toContain(500)
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES)
}

const folder = mkdtempSync(join(tmpdir(), 'p2pd-fuzz-'))
afterAll(() => rmSync(folder, { recursive: true }))

test(
  `F3: REST: requests of any kind, seed ${SEED}: each ends, none is a fault of the daemon`,
  () => withDaemon(fuzz, { contactsFile: join(folder, 'contacts.json') }),
  SECONDS * 1000 + 60_000,
)

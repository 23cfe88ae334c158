import { spawn } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes } from 'aedes'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { testCertificate, testKey } from './test-certificate.ts'

export { testCertificate, testKey }

/** A broker that a test started, and how it ends. */
export interface TestBroker {
  readonly url: string
  /** The log of the broker so far. */
  log(): string
  close(): Promise<void>
}

/** How clients reach the embedded broker. */
export interface AedesOptions {
  /** @default 'mqtt' */
  readonly scheme?: 'mqtt' | 'mqtts' | 'ws' | 'wss'
  /** @default a free one */
  readonly port?: number
  /** The only user and password let in. @default anyone */
  readonly credentials?: string
}

/** The embedded broker: MQTT 3.1.1 and nothing else. */
export async function startAedes(options: AedesOptions = {}): Promise<TestBroker> {
  const { scheme = 'mqtt', port = 0, credentials } = options
  const aedes = await Aedes.createBroker({
    authenticate: (_, username, password, done) =>
      done(null, credentials === undefined || credentials === `${username}:${password?.toString()}`),
  })
  const sockets = new Set<Socket>()
  const secure = scheme === 'mqtts' || scheme === 'wss'
  const tls = { key: testKey, cert: testCertificate }
  const handle = (socket: Socket) => void aedes.handle(socket)
  let server: Server = secure ? createTlsServer(tls, handle) : createServer(handle)
  if (scheme === 'ws' || scheme === 'wss') {
    const httpServer = secure ? createHttpsServer(tls) : createHttpServer()
    const webSockets = new WebSocketServer({ server: httpServer })
    webSockets.on('connection', (webSocket) => void aedes.handle(createWebSocketStream(webSocket)))
    server = httpServer
  }
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve))
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: () => '',
    async close() {
      await new Promise<void>((resolve) => void aedes.close(resolve))
      const closed = new Promise((resolve) => void server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(
  existsSync,
)

/** Why tests with Mosquitto cannot run here, or undefined when they can. */
export const mosquittoMissing = MOSQUITTO ? undefined : 'Mosquitto is not installed (apt install mosquitto)'

/** Debian's Mosquitto on a free port, with the rest of its configuration as given; a quiet one logs no packets. */
export async function startMosquitto(
  lines: readonly string[] = [],
  options: { readonly port?: number; readonly quiet?: boolean } = {},
): Promise<TestBroker> {
  if (!MOSQUITTO) throw new Error(mosquittoMissing)
  const port = options.port ?? (await freePort())
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-mosquitto-'))
  const logType = options.quiet ? 'information' : 'all'
  const config = [`listener ${port} 127.0.0.1`, `log_type ${logType}`, ...lines]
  if (!lines.some((line) => line.startsWith('allow_anonymous'))) config.push('allow_anonymous true')
  await writeFile(join(folder, 'mosquitto.conf'), `${config.join('\n')}\n`)
  let log = ''
  const child = spawn(MOSQUITTO, ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => void child.on('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (/mosquitto version .* running/.test(log)) resolve()
    })
    void ended.then(() => reject(new Error(`Mosquitto did not start: ${log}`)))
  })
  return {
    url: `mqtt://127.0.0.1:${port}`,
    log: () => log,
    async close() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

/** Mosquitto with one user, and a listener of a scheme beside that of `mqtt:`. */
export async function startMosquittoFor(
  scheme: 'mqtt' | 'mqtts' | 'ws' | 'wss',
  [user, password]: readonly [user: string, password: string],
): Promise<TestBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-access-'))
  const [salt, rounds] = [randomBytes(12), 101]
  const hash = pbkdf2Sync(password, salt, rounds, 64, 'sha512')
  const files = {
    passwords: `${user}:$7$${rounds}$${salt.toString('base64')}$${hash.toString('base64')}\n`,
    certificate: testCertificate,
    key: testKey,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const secure = scheme === 'mqtts' || scheme === 'wss'
  const port = await freePort()
  const broker = await startMosquitto([
    'allow_anonymous false',
    `password_file ${join(folder, 'passwords')}`,
    // Started by root it would be another, who cannot read these files.
    'user root',
    `listener ${port} 127.0.0.1`,
    ...(scheme.startsWith('ws') ? ['protocol websockets'] : []),
    ...(secure ? [`certfile ${join(folder, 'certificate')}`, `keyfile ${join(folder, 'key')}`] : []),
  ])
  const close = () => broker.close().then(() => rm(folder, { recursive: true }))
  return { ...broker, url: `${scheme}://127.0.0.1:${port}`, close }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}

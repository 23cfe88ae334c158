import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from '@jest/globals'
import type { KernelHost, Scenario } from '@p2pd/lab'
import { programFile } from '@p2pd/netif/testing'
import { CERTIFICATE, PRIVATE_KEY } from '@p2pd/stun/testing'
import { hasCoturn } from '@p2pd/turn/testing'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'

/** `P2PD_RELAY_IDLE=1 npx jest kernel-relays`: six idle minutes in real time. */
const IDLE_MS = process.env['P2PD_RELAY_IDLE'] === undefined ? 0 : 360_000
const TOTAL_BYTES = 96 * 1024
/** `P2PD_RELAY_MODES=1 npx jest kernel-relays`: coturn in every mode, and pipes that find out for themselves that they need it. */
const ALL_MODES = process.env['P2PD_RELAY_MODES'] !== undefined
/** A program says something within this time, on a busy machine, too. */
const LIMIT_MS = 60_000
const TURN_PORT = 3478
const TLS_PORT = 5349
/** Where coturn listens for the first of the modes; the others follow. It takes the port after its own, too. RFC 5780 §6. */
const MODES_PORT = 4000
const PORTS_EACH = 2
/** From a port to that for TLS. */
const TLS_OFFSET = 100
/** The name of the server, as in the certificate of the tests. */
const TURN_NAME = 'stun.test'
/** Of the standard error of a program, for the message of a failure. */
const MAX_SAID = 4000

/** Both legs of the relay lose packets; the broker's line does not. Alice has IPv4 alone, Carol IPv6 alone. */
const scenario: Scenario = {
  hosts: [
    { name: 'broker', families: ['IPv4', 'IPv6'] },
    { name: 'turn', families: ['IPv4', 'IPv6'], link: { loss: 0.05, delayMs: 5 } },
    { name: 'alice', behind: 'home' },
    { name: 'bob', behind: 'office' },
    { name: 'carol', behind: 'office', families: ['IPv6'] },
  ],
  boxes: [
    { name: 'home', preset: 'symmetric-random' },
    { name: 'office', preset: 'symmetric-random' },
  ],
  names: { [TURN_NAME]: ['turn'] },
}

/** Flags of coturn, by what they make it do. */
const MODES: Readonly<Record<string, readonly string[]>> = {
  'TCP allocations': ['-u', 'u:p'],
  'no TCP relay': ['-u', 'u:p', '--no-tcp-relay'],
  'a nonce that is stale after 3 s': ['-u', 'u:p', '--stale-nonce=3'],
  'a quota of two': ['-u', 'u:p', '--user-quota=2'],
  'IPv4 only': ['-u', 'u:p', '-E', 'TURN'],
  'another server': ['-u', 'u:p', `--alternate-server=TURN:${MODES_PORT}`],
  'time-limited credentials': ['--use-auth-secret', '--static-auth-secret=S'],
}

type Line = Record<string, unknown> & { readonly event: string }

/** A running program, and its lines. */
interface Running {
  readonly lines: AsyncIterator<string>
  readonly program: ReturnType<KernelHost['spawn']>
  next(event: string): Promise<Line>
}

function start(
  host: KernelHost,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Running {
  const program = host.spawn(command, [...args], { stdio: 'pipe', env })
  let said = ''
  program.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-MAX_SAID)
  })
  const input = createInterface({ input: program.stdout as NodeJS.ReadableStream })
  const lines = input[Symbol.asyncIterator]()
  const seen: string[] = []
  const nextOf = async (event: string): Promise<Line> => {
    for (;;) {
      const { value, done = false } = await lines.next()
      seen.push(String(value).slice(0, 200))
      if (done) throw new Error(`${command} ${args.join(' ')}: ended before "${event}"\n${said}`)
      const line = JSON.parse(value as string) as Line
      if (line.event === event) return line
    }
  }
  // Says more than the time limit of the test would.
  const next = async (event: string): Promise<Line> => {
    const stalled = new AbortController()
    const silence = wait(LIMIT_MS + IDLE_MS, undefined, { signal: stalled.signal }).then(() => {
      throw new Error(`${command} ${args.join(' ')}: waits for "${event}" after\n${seen.join('\n')}\n${said}`)
    })
    try {
      return await Promise.race([nextOf(event), silence])
    } finally {
      silence.catch(() => {})
      stalled.abort()
    }
  }
  return { lines, program, next }
}

const p2pd = (host: KernelHost, args: readonly string[], env?: NodeJS.ProcessEnv) =>
  start(host, process.execPath, [programFile('bin'), ...args, '--json'], env)

// Both mostly wait.
const testRelay: (name: string, run: () => Promise<void>, timeoutMs: number) => void = hasCoturn()
  ? test.concurrent
  : test.skip
const why = hasCoturn() ? '' : ' (turnserver is not installed)'

describeKernel('coturn on a host of the kernel Internet, 5 % of the packets on both legs lost', () => {
  // Tests that run at the same time start before `beforeAll`.
  const folder = lazy(() => mkdtemp(join(tmpdir(), 'p2pd-relays-')))
  afterAll(async () => rm(await folder(), { recursive: true }))
  const lab = sharedLab({ scenario })

  /** The servers files: by the transport to coturn. */
  const servers = lazy(async () => {
    const [broker, turn] = [(await lab()).host('broker'), (await lab()).host('turn')]
    const hosts = broker.addresses.flatMap((ip) => ['--host', ip])
    const infra = p2pd(broker, ['infra', ...hosts, '--mqtt-port', '1883'])
    const { servers: known } = await infra.next('ready')
    const base = await folder()
    const file = (name: string) => join(base, name)
    await writeFile(file('users'), '')
    await writeFile(file('certificate.pem'), CERTIFICATE)
    await writeFile(file('key.pem'), PRIVATE_KEY)
    const serve = (port: number, flags: readonly string[]) =>
      turn.spawn('turnserver', [
        ...['-c', '/dev/null', '--no-cli', '--log-file=stdout', '-p', `${port}`, '--no-dtls'],
        ...turn.addresses.flatMap((ip) => ['-L', ip]),
        ...['--lt-cred-mech', '-r', 'r.test', '--cert', file('certificate.pem'), '--pkey', file('key.pem')],
        ...[`--userdb=${file('users')}`, `--pidfile=${file(`pid-${port}`)}`],
        ...flags.map((flag) => flag.replace('TURN', turn.ip)),
      ])
    const announce = (name: string, entry: object) =>
      writeFile(file(`${name}.json`), JSON.stringify({ ...(known as object), turn: [entry] }))
    const user = { username: 'u', credential: 'p' }
    serve(TURN_PORT, ['--tls-listening-port', `${TLS_PORT}`, '-u', 'u:p'])
    await announce('udp', { uri: `turn:${TURN_NAME}:${TURN_PORT}?transport=udp`, ...user })
    await announce('tls', { uri: `turns:${TURN_NAME}:${TLS_PORT}`, ...user })
    for (const [index, [name, flags]] of Object.entries(ALL_MODES ? MODES : {}).entries()) {
      const port = MODES_PORT + index * PORTS_EACH
      serve(port, [...flags, '--tls-listening-port', `${port + TLS_OFFSET}`])
      const uri = `turn:${TURN_NAME}:${port}?transport=tcp`
      await announce(name, { uri, ...(flags.includes('-u') ? user : { secret: 'S' }) })
    }
    return file
  })

  const pipes: readonly (readonly [string, string, string])[] = [
    ['bob', 'udp', 'only'],
    ['carol', 'tls', 'last'],
    ...Object.keys(ALL_MODES ? MODES : {}).map((name) => ['bob', name, 'last'] as const),
  ]
  for (const [callee, transport, policy] of pipes)
    testRelay(
      `A6, A9: a pipe to ${callee} on a relay (${transport}) loses nothing${IDLE_MS > 0 ? ', six idle minutes in its midst' : ''}${why}`,
      async () => {
        const file = await servers()
        const how = (host: string) => [
          ...['--servers', file(`${transport}.json`), '--identity', file(`${host}-${transport}.pem`)],
          ...['--relay', policy],
        ]
        const env = { NODE_EXTRA_CA_CERTS: file('certificate.pem') }
        const bob = p2pd((await lab()).host(callee), ['listen', '--once', ...how(callee)], env)
        const { id } = await bob.next('listening')
        const alice = p2pd(
          (await lab()).host('alice'),
          ['connect', id as string, '--report', ...how('alice')],
          env,
        )
        const reason = expect.stringMatching(/^relayed, because /)
        expect(await alice.next('connected')).toMatchObject({
          strategy: 'relay',
          encrypted: true,
          report: expect.arrayContaining([expect.objectContaining({ outcome: 'won', reason })]),
        })
        const sent = randomBytes(TOTAL_BYTES)
        const half = sent.subarray(0, TOTAL_BYTES / 2)
        alice.program.stdin?.write(half)
        const received: Buffer[] = []
        const until = async (bytes: number) => {
          while (Buffer.concat(received).length < bytes) {
            received.push(Buffer.from((await bob.next('received'))['data'] as string, 'base64'))
          }
        }
        await until(half.length)
        await wait(IDLE_MS)
        alice.program.stdin?.end(sent.subarray(half.length))
        await until(sent.length)
        const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
        expect(hash(Buffer.concat(received))).toBe(hash(sent))
        await bob.next('ended')
      },
      2 * LIMIT_MS + IDLE_MS,
    )
})

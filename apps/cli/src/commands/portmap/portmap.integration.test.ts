import { existsSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import { type GatewayScript, type IgdScript, ScriptedGateway } from '@p2pd/portmap/testing'
import { createContext } from '../../context.ts'
import { inFolder, run } from '../../testdata/run.ts'
import { checkGateways, type Gateways } from './open-gateways.ts'
import { portmap, type PortmapOptions } from './portmap.ts'

const TCP = { protocol: ['tcp'] } as const
const quiet = () => {}

/** A gateway on this machine's loopback, and the command with it. */
async function withGateway(
  script: Partial<GatewayScript>,
  work: (tools: {
    readonly gateway: ScriptedGateway
    readonly gateways: Gateways
    readonly ask: (options: PortmapOptions) => Promise<unknown[]>
    readonly said: () => string
  }) => Promise<void>,
): Promise<void> {
  const probes = await Promise.all(
    [1, 2, 3].map(() => systemNetwork.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })),
  )
  const [serverPort = 0, ssdpPort = 0, announcePort = 0] = probes.map(({ local }) => local.port)
  for (const probe of probes) probe.close()
  const place = { network: systemNetwork, clock: systemClock, ip: '127.0.0.1', serverPort, ssdpPort }
  const gateway = new ScriptedGateway(place, script)
  await gateway.start()
  const [loopback] = (await systemNetwork.interfaces()).filter(({ type }) => type === 'loopback')
  if (loopback === undefined) throw new Error('no loopback')
  const nic = {
    ...loopback,
    type: 'ethernet',
    gateways: [{ family: 'IPv4', ip: '127.0.0.1', metric: 0 }],
    default: { IPv4: true, IPv6: false },
  } as const
  const gateways: Gateways = {
    interfaces: () => Promise.resolve([nic]),
    policy: { serverPort, ssdpPort, announcePort, allowLoopback: true },
  }
  let said = ''
  const play = async (path: (name: string) => string) => {
    const ask = async (options: PortmapOptions) => {
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
      const { signal: interrupted } = new AbortController()
      const surroundings = { stdin, stdout, stderr, env: {}, interrupted }
      const common = { json: true, identity: path('identity.pem'), logLevel: 'info' } as const
      await portmap(createContext(surroundings, common), options, gateways)
      said = String(stderr.read() ?? '')
      const lines = String(stdout.read() ?? '').split('\n')
      return lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)
    }
    await work({ gateway, gateways, ask, said: () => said })
    expect(existsSync(path('identity.pem'))).toBe(false)
  }
  try {
    await inFolder(play)
  } finally {
    await gateway.close()
  }
}

const rowsOf = ({ table, now }: ScriptedGateway) => table.rows(now).map(({ externalPort }) => externalPort)

test('D4: portmap maps a port for its lifetime, and --release ends it', () =>
  withGateway({ pcp: true }, async ({ gateway, ask, said }) => {
    expect(await ask({ ...TCP, port: 4000 })).toEqual([
      expect.objectContaining({
        protocol: 'pcp',
        transport: 'tcp',
        external: '203.0.113.7:4000',
        internal: '127.0.0.1:4000',
        lifetimeSeconds: 3600,
        doubleNat: false,
      }),
    ])
    expect(said()).toContain('tcp 203.0.113.7:4000 -> 127.0.0.1:4000 by pcp of 127.0.0.1')
    await ask({ ...TCP, port: 4001 })
    expect(rowsOf(gateway)).toEqual([4000, 4001])
    expect(await ask({ ...TCP, port: 4000, release: true })).toEqual([{ event: 'released', count: 1 }])
    expect(rowsOf(gateway)).toEqual([4001])
    expect(await ask({ ...TCP, release: true })).toEqual([{ event: 'released', count: 1 }])
    expect(await ask({ ...TCP, release: true })).toEqual([{ event: 'released', count: 0 }])
    expect(rowsOf(gateway)).toEqual([])
  }))

test('D4: without a port the gateways are only tried, by NAT-PMP too; a second NAT behind them is said', () =>
  withGateway({ natPmp: true, externalIp: '100.64.0.7' }, async ({ gateway, ask, said }) => {
    const [line] = await ask({ protocol: ['tcp', 'udp'] })
    expect(line).toMatchObject({ protocol: 'nat-pmp', doubleNat: true, publishable: false })
    expect(said()).toContain('another NAT stands behind this gateway')
    expect(rowsOf(gateway)).toEqual([])
  }))

test('D4: a router whose port is closed is said to have port mapping switched off', () =>
  withGateway({ closed: true }, async ({ ask }) => {
    await expect(ask({ ...TCP, port: 4000 })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the router 127\.0\.0\.1 has PCP and NAT-PMP switched off.*: switch on UPnP/,
      ),
    })
  }))

test('D4: a gateway whose open port is silent is an error with the remedy', () =>
  withGateway({}, async ({ ask, gateways }) => {
    const [, checked] = await Promise.all([
      expect(ask({ ...TCP, port: 4000 })).rejects.toMatchObject({
        code: 'CLI_NO_MAPPING',
        message: expect.stringMatching(
          /^the router 127\.0\.0\.1 refuses \(pcp\): it is there, but falls silent .*; the router probably allows nobody/,
        ),
      }),
      checkGateways(gateways, quiet),
    ])
    expect(checked).toMatchObject({
      portmap: [],
      portmapReason: expect.stringContaining('falls silent'),
    })
  }))

test('D4: a gateway that refuses is an error with its reason', () =>
  withGateway({ pcp: 2 }, async ({ ask }) => {
    await expect(ask({ ...TCP, port: 4000 })).rejects.toMatchObject({
      code: 'CLI_NO_MAPPING',
      message: expect.stringMatching(
        /^the router 127\.0\.0\.1 refuses \(pcp\): .*; allow this device to open ports/,
      ),
    })
  }))

/** A UPnP error for every request to map; with a condition, for those that meet it. */
const refusing = (
  code: number,
  fits: (args: ReadonlyMap<string, string>) => boolean = () => true,
): IgdScript => ({
  error: (action, args) => (action.startsWith('Add') && fits(args) ? code : undefined),
})

const ALLOW = "; allow this device to open ports in the router's settings, or forward the port there by hand"
const MAKE_ROOM = "; remove port mappings that nobody needs in the router's settings, or restart it"
const BY_HAND = '; restart the router, or forward the port in its settings by hand'
const PUBLIC = '; ask the provider for a public IPv4 address, or a second router for its forwarding'
const SWITCH_ON = "; switch on UPnP in the router's settings, or forward the port there by hand"

/** The words for each UPnP error that ends in a refusal: the reason, and the way out. */
const refusals: readonly (readonly [code: number, reason: string, remedy: string])[] = [
  [606, 'the gateway does not allow this host to change port mappings', ALLOW],
  [718, 'another host, or another port, has this external port', MAKE_ROOM],
  [728, 'the gateway has no free port', MAKE_ROOM],
  [729, 'a rule of the administrator has this external port', MAKE_ROOM],
  [402, 'the gateway does not accept an argument, or its table is full', MAKE_ROOM],
  [501, 'the gateway failed: its table is full, or it has no public external address', MAKE_ROOM],
  [724, 'the gateway wants external and internal port to be the same', BY_HAND],
  [725, 'the gateway only has mappings that do not end', BY_HAND],
  [715, 'the gateway wants the remote host to be named', BY_HAND],
  [716, 'the gateway wants the external port to be named', BY_HAND],
  [726, 'the gateway wants no remote host', BY_HAND],
  [727, 'the gateway only maps every external port at once', BY_HAND],
  [732, 'the gateway wants the internal port to be named', BY_HAND],
  [600, 'the gateway does not accept a value, and does not say which', BY_HAND],
  [899, 'UPnP error 899', BY_HAND],
]

test('D4: every UPnP error is said with its reason and the way out, or is dealt with', () =>
  withGateway({ closed: true, igd: { httpPort: 0 } }, async ({ gateway, ask, said }) => {
    const expectSaid = async (igd: IgdScript, reason: string, remedy: string) => {
      gateway.script.igd = igd
      const error = await ask({ ...TCP, port: 4000 }).catch((failure: unknown) => failure)
      expect(error).toMatchObject({ code: 'CLI_NO_MAPPING', message: expect.stringContaining(reason) })
      expect(String(error)).toContain(remedy)
    }
    for (const [code, reason, remedy] of refusals) {
      await expectSaid(
        refusing(code),
        `the router 127.0.0.1 refuses (upnp): AddPortMapping: ${reason}`,
        remedy,
      )
    }
    await expectSaid(refusing(401), '127.0.0.1 maps no ports (upnp): AddPortMapping: the', SWITCH_ON)
    const elsewhere = { locations: ['http://127.0.0.1:1/'] }
    await expectSaid(
      elsewhere,
      '127.0.0.1 maps no ports (upnp): no usable gateway among the answers',
      SWITCH_ON,
    )
    gateway.script.externalIp = '10.0.0.7'
    const isPrivate = 'refuses (upnp): the gateway has the external address 10.0.0.7, which is not public'
    await expectSaid(refusing(501), isPrivate, PUBLIC)
    gateway.script.externalIp = '203.0.113.7'
    gateway.script.igd = refusing(725, (args) => args.get('NewLeaseDuration') !== '0')
    expect(await ask({ ...TCP, port: 4000 })).toMatchObject([{ protocol: 'upnp-igd1', lifetimeSeconds: 0 }])
    expect(said()).toMatch(
      /tcp 203\.0\.113\.7:4000 -> 127\.0\.0\.1:4000 by upnp-igd1 of .*, without an end\n/,
    )
    gateway.script.igd = refusing(718, (args) => args.get('NewExternalPort') === '4001')
    const [other] = await ask({ ...TCP, port: 4001 })
    expect(other).toMatchObject({ external: expect.not.stringMatching(/:4001$/), internal: '127.0.0.1:4001' })
    expect(rowsOf(gateway)).toHaveLength(2)
  }))

test("netcheck's section has the mappings of the gateways", () =>
  withGateway({ pcp: true }, async ({ gateway, gateways }) => {
    const { portmap: lines, portmapReason } = await checkGateways(gateways, quiet)
    expect([lines.length, lines[0]?.protocol, portmapReason]).toEqual([1, 'pcp', undefined])
    expect(rowsOf(gateway)).toEqual([])
  }))

test.each([[['--port', '0']], [['--port', '70000']], [['--protocol', 'sctp']]])(
  'portmap %j is used wrongly',
  async (args) => {
    expect(await run(['portmap', ...args]).status).toBe(2)
  },
)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Interface, InterfaceChange } from '@p2pd/netif'
import { programFile } from '@p2pd/netif/testing'
import { createTwoNics, FAR, type TwoNics, whyNoNamespaces } from './testdata/two-nics.ts'

const reason = whyNoNamespaces()

/** A program in a namespace that obeys commands and prints lines of JSON. */
function start(namespace: string) {
  const node = [process.execPath, programFile('nic-program')]
  const child = spawn('ip', ['netns', 'exec', namespace, ...node], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value as string)
  return {
    next,
    tell: (...command: string[]): Promise<unknown> => {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      return next()
    },
    stop: async () => {
      const gone = once(child, 'exit')
      child.stdin.end()
      await gone
    },
  }
}

/** Protocol, destination, and the source address that nic2 has for it. */
const WAYS = [
  ['udp', FAR.IPv4, '10.0.2.2'],
  ['tcp', FAR.IPv4, '10.0.2.2'],
  ['udp', FAR.IPv6, '2001:db8:2::2'],
  ['tcp', FAR.IPv6, '2001:db8:2::2'],
] as const

const suite = reason === undefined ? describe : describe.skip
suite(`C7: a machine with two NICs${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let nics: TwoNics
  let machine: ReturnType<typeof start>
  const providers: ReturnType<typeof start>[] = []

  beforeAll(async () => {
    nics = createTwoNics()
    machine = start(nics.machine)
    providers.push(start(nics.provider1), start(nics.provider2))
    const ready = providers.map((provider, i) => provider.tell('serve', `provider ${i + 1}`))
    expect(await Promise.all(ready)).toEqual(['ready', 'ready'])
  })

  afterAll(async () => {
    await Promise.all([machine, ...providers].map((program) => program.stop()))
    nics.close()
  })

  test('C1: both are listed with their gateways; the lower metric makes the default', async () => {
    const all = (await machine.tell('list')) as Interface[]
    expect(all.map(({ name, type, default: { IPv4, IPv6 } }) => [name, type, IPv4, IPv6])).toEqual(
      expect.arrayContaining([
        ['nic1', 'virtual', true, true],
        ['nic2', 'virtual', false, false],
      ]),
    )
    expect(all.find(({ name }) => name === 'nic2')).toMatchObject({
      up: true,
      gateways: [
        { family: 'IPv4', ip: '10.0.2.1', metric: 200 },
        { family: 'IPv6', ip: '2001:db8:2::1', metric: 200 },
      ],
    })
  })

  test.each(['udp', 'tcp'])('C6: %s is bound to each of several addresses of a NIC', async (protocol) => {
    for (const from of ['10.0.2.2', '10.0.2.3']) {
      expect(await machine.tell('ask', protocol, '10.0.2.1', 'nic2', from)).toEqual({
        answer: 'provider 2',
        from,
      })
    }
  })

  test('a source address alone does not choose the NIC on Linux: the destination does', async () => {
    const answer = await machine.tell('ask', 'udp', FAR.IPv4, '-', '10.0.2.2')
    expect(answer).toEqual({ answer: 'provider 1', from: '10.0.2.2' })
  })

  test.each(WAYS)(
    '%s to %s: a socket bound to the second NIC leaves through it',
    async (protocol, far, from) => {
      expect(await machine.tell('ask', protocol, far)).toMatchObject({ answer: 'provider 1' })
      expect(await machine.tell('ask', protocol, far, 'nic2')).toEqual({ answer: 'provider 2', from })
      expect(await machine.tell('ask', protocol, far, 'nic1')).toMatchObject({ answer: 'provider 1' })
    },
  )

  describe('with a rule for it, a source address alone chooses the NIC', () => {
    beforeAll(() => nics.addSourceRules())

    test.each(WAYS)('%s to %s', async (protocol, far, from) => {
      expect(await machine.tell('ask', protocol, far, '-', from)).toEqual({ answer: 'provider 2', from })
    })
  })

  test.each(['udp', 'tcp'])('%s to a link-local address leaves through its zone', async (protocol) => {
    expect(await machine.tell('ask', protocol, 'fe80::2:1%nic2', 'nic2', 'fe80::2:2')).toEqual({
      answer: 'provider 2',
      from: 'fe80::2:2%nic2',
    })
  })

  test('changes are reported as they happen: the default NIC goes down, the other takes over', async () => {
    expect(await machine.tell('watch')).toBe('watching')
    nics.run('link set nic1 down')
    const changes: InterfaceChange[] = []
    while (changes.filter(({ type }) => type === 'default-changed').length < 2) {
      changes.push((await machine.next()) as InterfaceChange)
    }
    expect(changes).toContainEqual({ type: 'down', interface: 'nic1' })
    expect(changes).toContainEqual({ type: 'default-changed', family: 'IPv4', before: 'nic1', after: 'nic2' })
    expect(changes.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['address-removed', 'gateway-changed']),
    )
  })
})

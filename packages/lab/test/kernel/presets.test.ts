import { expect, test } from '@jest/globals'
import type { Dependency } from '../../src/nat/dependency.ts'
import { fieldNames } from '../../src/preset.ts'
import type { NatType } from '@p2pd/nat'
import { presetList } from '../../src/presets.ts'
import { describeKernel, lazy, sharedLab } from './lab.ts'
import { CLIENTS, deltaType, natDiscovery, reflexiveAddress, startCoturn, stunClient } from './tools.ts'

type Row = readonly [mapping: Dependency | undefined, filtering: Dependency | undefined, words: string]

const ei = 'endpoint-independent'
const ad = 'address-dependent'
const apd = 'address-and-port-dependent'

/** These programs take no account of the peculiarities of the boxes from the field. */
const known = presetList.filter(({ name }) => !fieldNames.some((field) => field === name))

/** The expected names of each kind of box in the output of other projects' programs. */
const expected: Readonly<Record<NatType, Row>> = {
  open: [ei, ei, 'Open'],
  'udp-firewall': [ei, apd, 'Firewall'],
  'full-cone': [ei, ei, 'Independent Mapping, Independent Filter'],
  restricted: [ei, ad, 'Independent Mapping, Address Dependent Filter'],
  'port-restricted': [ei, apd, 'Independent Mapping, Port Dependent Filter'],
  symmetric: [apd, apd, 'Dependent Mapping'],
  blocked: [undefined, undefined, 'Blocked or could not reach STUN server'],
}

describeKernel(
  'every preset, as other people’s programs name it',
  () => {
    const lab = sharedLab({
      scenario: {
        hosts: [
          { name: 'server', addresses: 2 },
          ...known.map(({ name }) => ({ name: `host-${name}`, behind: name })),
        ],
        boxes: known.map(({ name }) => ({ name, preset: name })),
      },
    })

    /** All at once, because most of the time passes in waiting for answers that a filter stops. */
    const measured = lazy(async () => {
      const net = await lab()
      const server = await startCoturn(net.host('server'))
      const reports = known.map(async ({ name, udp }) => {
        const host = net.host(`host-${name}`)
        const delta = udp.delta === 'not-applicable' ? udp.delta : await deltaType(host, server)
        const [found, words, reflexive] = await Promise.all([
          natDiscovery(host, server),
          stunClient(host, server),
          udp.type === 'blocked' ? undefined : reflexiveAddress(host, server),
        ])
        return [name, { delta, words, reflexive, ...found }] as const
      })
      return new Map(await Promise.all(reports))
    })

    test.each(known.map((preset) => [preset.name, preset] as const))('%s', async (name, { udp }) => {
      const report = (await measured()).get(name)
      const [mapping, filtering, words] = expected[udp.type]
      expect(report).toMatchObject({ mapping, filtering, delta: udp.delta })
      expect(report?.words).toMatch(new RegExp(`^${words}`))
      const net = await lab()
      const box = net.plan.boxes.find((each) => each.name === name)
      const outside = box?.external.length ? box.external : net.host(`host-${name}`).addresses
      const seen = report?.reflexive?.split(':')[0]
      expect(udp.type === 'blocked' ? [undefined] : outside).toContain(seen)
    })
  },
  CLIENTS,
)

import { expect, test } from '@jest/globals'
import { presets, type VirtualInternet } from '@p2pd/lab'
import { parseAddress } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { pairOf, R_S, withNodes } from './testbed.ts'

const link = { delayMs: 12.5 }
const isPrivate = (text: string) => text.includes('192.168.')

/** A caller on the Internet, and a peer with a NIC on a LAN and a NIC on the Internet. */
function hosts(net: VirtualInternet) {
  const home = net.box(presets['port-restricted-equal'], { link })
  const open = net.box({ kind: 'open' }, { link })
  return [net.host({ nat: presets.home, link }), net.host({ behind: [home, open] })]
}

test.each([[false], [true]])(
  'C1, F1: LAN addresses are in the address and in the record only when they are published: %s',
  (publishLan) =>
    withNodes({ hosts, publishLan, stun: 'IPv4' }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const { candidates } = parseAddress(await bob.address(), verifyEd25519)
      expect(candidates.some(({ ip }) => isPrivate(ip))).toBe(publishLan)
      expect(candidates.some(({ ip }) => !isPrivate(ip))).toBe(true)
      // The addresses dialled before the answer arrives come from the record.
      const { connection } = await alice.connect(bob.id, { paths: { families: ['IPv4'] } })
      const early = connection.report.filter(
        ({ strategy, startMs }) => strategy === 'direct' && startMs < R_S,
      )
      const remotes = early.map(({ remote }) => remote)
      expect(remotes.some((remote) => !isPrivate(remote))).toBe(true)
      expect(remotes.some(isPrivate)).toBe(publishLan)
    }),
)

test.each([[false], [true]])(
  'the callee gets LAN addresses in the sealed offer, published or not: %s',
  (publishLan) =>
    withNodes(
      {
        publishLan,
        hosts: (net: VirtualInternet) => {
          const home = net.box({ ...presets['port-restricted-equal'], hairpinning: false } as never, { link })
          return [net.host({ behind: home }), net.host({ behind: home })]
        },
      },
      async (testbed) => {
        const [alice, bob] = pairOf(testbed)
        const pipe = await alice.connect(bob.id)
        expect([pipe.remote?.ip, pipe.local.ip].every((ip) => isPrivate(ip ?? ''))).toBe(true)
      },
    ),
)

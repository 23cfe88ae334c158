import { expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addContact } from '../naming/contacts.ts'
import { type DnsAnswer, startDnsServer } from '../testdata/dns-server.ts'
import { nextPipe, Stage } from '../testdata/nodes.ts'
import { updateContacts } from './contacts-file.ts'
import { createIdentity, verifyEd25519 } from './identity.ts'
import { nameResolver } from './name-resolver.ts'

const { id } = createIdentity()
const other = createIdentity().id

/** A resolver with no contacts, that asks a DNS server which says this. */
async function asking(stage: Stage, answer: (name: string) => DnsAnswer | undefined) {
  const server = await startDnsServer(answer)
  stage.endWith(() => server.close())
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-names-'))
  stage.endWith(() => rm(folder, { recursive: true }))
  const contactsFile = join(folder, 'contacts.json')
  return { server, contactsFile, names: nameResolver({ contactsFile, dnsServers: [server.address] }) }
}

test('a contact is found without DNS, also one with the name of a domain', () =>
  Stage.run(async (stage) => {
    const { server, contactsFile, names } = await asking(stage, () => ({ records: [[`id=${other}`]] }))
    for (const name of ['alice', 'example.org']) {
      await updateContacts(
        (contacts) => addContact(contacts, { name, target: id }, verifyEd25519),
        contactsFile,
      )
      expect(await names(name)).toBe(id)
    }
    expect(server.queries).toEqual([])
    expect(await names('other.example.org')).toBe(other)
    expect(server.queries).toEqual(['_p2pd.other.example.org'])
  }))

test('a name without a dot that is not a contact fails without DNS', () =>
  Stage.run(async (stage) => {
    const { server, names } = await asking(stage, () => ({ records: [[`id=${other}`]] }))
    await expect(names('alice')).rejects.toMatchObject({
      code: 'NODE_UNKNOWN_NAME',
      message: '"alice" is not among your contacts: run `p2pd contact add alice <node id>` first',
    })
    expect(server.queries).toEqual([])
  }))

test('an error names a file that is not a contacts file, at any look-up', () =>
  Stage.run(async (stage) => {
    const { contactsFile, names } = await asking(stage, () => ({ records: [[`id=${id}`]] }))
    await writeFile(contactsFile, '{"bob": "nobody"}')
    await expect(names('example.org')).rejects.toMatchObject({
      code: 'NODE_BAD_CONTACT',
      message: expect.stringContaining(`${contactsFile}, line 1: "bob": `),
    })
  }))

test.each<[string, string, DnsAnswer]>([
  ['one record', 'example.org', { records: [[`id=${id}`]] }],
  ['among the records of others', 'example.org', { records: [['v=spf1 -all'], [`id=${id}`]] }],
  ['in several strings', 'example.org', { records: [[`id=${id.slice(0, 20)}`, id.slice(20)]] }],
  [
    'after a truncated answer, over TCP',
    'example.org',
    { records: [['x'.repeat(255)], ['y'.repeat(255)], [`id=${id}`]], truncated: true },
  ],
  ['of a name in another script', 'bücher.example', { records: [[`id=${id}`]] }],
])('a domain is found: %s', (_, domain, answer) =>
  Stage.run(async (stage) => {
    const { server, names } = await asking(stage, () => answer)
    expect(await names(domain)).toBe(id)
    expect(server.queries[0]).toBe(
      domain === 'example.org' ? '_p2pd.example.org' : '_p2pd.xn--bcher-kva.example',
    )
  }),
)

test.each<[string, DnsAnswer, string, string]>([
  ['no such name', { rcode: 3 }, 'NODE_UNKNOWN_NAME', 'ask its owner for the node id'],
  ['no TXT record', {}, 'NODE_UNKNOWN_NAME', 'ask its owner'],
  ['records of others alone', { records: [['v=spf1 -all']] }, 'NODE_UNKNOWN_NAME', 'ask its owner'],
  [
    'a mistyped id',
    { records: [[`id=${id.slice(1)}`]] },
    'NODE_BAD_RECORD',
    'it has 55 characters instead of 56',
  ],
  ['two ids', { records: [[`id=${id}`], [`id=${other}`]] }, 'NODE_BAD_RECORD', 'holds 2 different node ids'],
  ['a server that fails', { rcode: 2 }, 'NODE_NO_DNS', 'the server failed to look it up'],
  ['a server that refuses', { rcode: 5 }, 'NODE_NO_DNS', 'the server refuses to answer'],
])('%s is reported as such', (_, answer, code, message) =>
  Stage.run(async (stage) => {
    const { names } = await asking(stage, () => answer)
    await expect(names('example.org')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^[^\\n]*_p2pd\\.example\\.org[^\\n]*${message}[^\\n]*$`)),
    })
  }),
)

test('an answer to another query is ignored, and the look-up is given up', () =>
  Stage.run(async (stage) => {
    const lies: (DnsAnswer | undefined)[] = [
      undefined,
      { records: [[`id=${id}`]], idOffset: 1 },
      { records: [[`id=${id}`]], question: '_p2pd.example.com' },
      { junk: Uint8Array.of(0, 1, 2) },
    ]
    await Promise.all(
      lies.map(async (lie) => {
        const { server, names } = await asking(stage, () => lie)
        await expect(names('example.org')).rejects.toMatchObject({
          code: 'NODE_NO_DNS',
          message: expect.stringMatching(new RegExp(`asked ${server.address}.*or give the node id$`)),
        })
      }),
    )
  }))

test('a DNS server that is not there is named', async () => {
  const server = await startDnsServer(() => undefined)
  await server.close()
  const names = nameResolver({ dnsServers: [server.address], contactsFile: 'missing' })
  await expect(names('example.org')).rejects.toMatchObject({
    code: 'NODE_NO_DNS',
    message: expect.stringContaining(`(asked ${server.address}): nothing answers there`),
  })
})

test('an abort ends a look-up', () =>
  Stage.run(async (stage) => {
    const { names } = await asking(stage, () => undefined)
    const aborted = new Error('changed my mind')
    await expect(names('example.org', AbortSignal.abort(aborted))).rejects.toMatchObject({
      code: 'NODE_ABORTED',
    })
    const controller = new AbortController()
    const looking = names('example.org', controller.signal)
    controller.abort(aborted)
    await expect(looking).rejects.toMatchObject({ code: 'NODE_ABORTED', cause: aborted })
  }))

test('nodes are called by contact and by domain', () =>
  Stage.run(async (stage) => {
    const bob = await stage.node([])
    const brokers = [await stage.broker()]
    const carol = await stage.node(brokers)
    const { names, contactsFile } = await asking(stage, () => ({ records: [[`id=${carol.id}`]] }))
    const contact = { name: 'bob', target: await bob.address() }
    await updateContacts((contacts) => addContact(contacts, contact, verifyEd25519), contactsFile)
    const alice = await stage.node(brokers, { names })
    for (const [name, peer] of [
      ['Bob', bob],
      ['carol.example', carol],
    ] as const) {
      const accepted = nextPipe(peer)
      const pipe = await alice.connect(name)
      expect([pipe.peer, (await accepted).peer]).toEqual([peer.id, alice.id])
    }
    await expect(alice.connect('dave')).rejects.toMatchObject({ code: 'NODE_UNKNOWN_NAME', report: [] })
  }))

test('a call by name ends with its time-out, its signal and its node', () =>
  Stage.run(async (stage) => {
    const { names } = await asking(stage, () => undefined)
    const alice = await stage.node([], { names })
    await expect(alice.connect('example.org', { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'NODE_TIMEOUT',
      message: 'looking up "example.org" took more than 50 ms',
    })
    const controller = new AbortController()
    const aborted = expect(alice.connect('example.org', { signal: controller.signal })).rejects.toMatchObject(
      {
        code: 'NODE_ABORTED',
      },
    )
    controller.abort()
    await aborted
    const closed = expect(alice.connect('example.org')).rejects.toMatchObject({ code: 'NODE_CLOSED' })
    await alice.close()
    await closed
  }))

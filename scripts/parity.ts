/**
 * `pnpm parity`: writes docs/parity.md, with the tests of each ability of P2PD's users. A test
 * belongs to a check when its title, or that of a `describe` around it, begins with the check's name: `C9: ...`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const PARITY_FILE = join(ROOT, 'docs/parity.md')

/** The checks, in short. */
const CHECKS: Readonly<Record<string, string>> = {
  A1: 'a node starts without configuration; another process connects to its address',
  A2: 'two nodes on one machine, without ports given',
  A3: 'direct to a public node; reverse when only the caller is reachable',
  A4: 'TCP punching',
  A5: 'UDP punching, prediction, birthday',
  A6: 'what cannot be punched is known at once',
  A7: 'punching on a LAN, on one machine, through IPv6 firewalls',
  A8: 'many punches leave nothing behind',
  A9: 'relaying through coturn',
  A10: 'strategies and their order are honoured',
  A11: 'LAN only, external only, family order',
  A12: 'peers behind one router; a stranger at the right private address',
  A13: 'a dead peer fails in bounded time, with reasons',
  A14: 'several NICs: one down, one new',
  A15: 'two strategies succeed at once: one pipe on each side',
  A16: 'a recorded signalling message does nothing',
  A17: 'one broker dies, all die',
  A18: "the caller learns the peer's fresh address",
  B1: 'the seven NAT types, UDP and TCP apart',
  B2: 'the deltas, with jitter and cross traffic',
  B3: 'port range, address pools, hairpinning, mapping lifetime',
  B4: 'the report of a NIC that was not tested',
  B5: 'a host with IPv6 only',
  B6: 'STUN: RFC 8489 and 3489, UDP, TCP, TLS, RFC 5780 attributes',
  B7: 'a mapping with its open socket',
  B8: 'the external address with dead servers among the list',
  C1: 'NICs on Linux, macOS and Windows',
  C2: "a NIC's record survives JSON",
  C3: 'addresses grouped into routes',
  C4: 'route pools',
  C5: 'IP ranges',
  C6: 'binding to any, localhost, a NIC address, link-local',
  C7: 'a socket bound to a NIC leaves through it',
  C8: 'one API for TCP and UDP, client and server, both families',
  C9: 'recv by pattern and sender; subscriptions',
  C10: 'callbacks for messages, opening and closing',
  C11: 'a server and its clients; FIN and RST; restart on the port',
  C12: 'relay with back-pressure',
  C13: 'any bytes pass unchanged',
  C14: 'pipes from names and literals',
  C15: 'acknowledged datagrams',
  C16: 'daemons',
  C17: 'a socket handed to another process',
  C18: 'names resolved per family, with a time-out',
  D1: 'the REST routes',
  D2: 'large bodies and tunnels',
  D3: 'foreign origins, missing tokens, hostile patterns',
  D4: 'the commands, their JSON and exit statuses',
  D5: 'a read-eval-print loop',
  E1: 'port mapping by every protocol',
  E2: 'mappings in the way, odd gateways',
  E3: 'double NAT, no gateway',
  F1: 'nothing in the clear on the wire',
  F2: 'the address parser',
  F3: 'every listener fuzzed',
  F4: 'key files; a wrong peer never gets a pipe',
  G1: 'a session outlives a NIC, a NAT, an outage, a closed lid',
  G2: 'a session moves between relay and direct path while data flows',
  G3: 'a dead path is noticed; a session without a path ends',
  G4: 'a killed peer is an error; close() waits for acknowledgement',
  G5: 'a thousand streams, one stuck; ten thousand aborted',
  G6: 'datagrams on every pipe',
  G7: 'messages from the future change nothing else',
  H1: 'services and admission',
  H2: 'forward and serve',
  H3: 'send and receive',
  H4: 'pairing by a short code',
  H5: 'ping, status, doctor, bugreport',
  I1: 'situations met in the field',
}

const TITLE = /['"`]((?:[A-I]\d{1,2}, )*[A-I]\d{1,2}): /g

/** Check -> the test files with a title that names it. */
export function testsByCheck(files: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [file, text] of files) {
    for (const [, names = ''] of text.matchAll(TITLE)) {
      for (const check of names.split(', ')) {
        const paths = found.get(check) ?? []
        if (!paths.includes(file)) found.set(check, [...paths, file])
      }
    }
  }
  return found
}

/** The page. */
export function parityPage(tests: ReadonlyMap<string, readonly string[]>): string {
  const rows = Object.entries(CHECKS).map(([check, what]) => {
    const files = tests.get(check)?.map((file) => `\`${file}\``)
    return `| ${check} | ${what} | ${files?.join('<br>') ?? 'not yet'} |`
  })
  return `# Parity with P2PD

The checks are the abilities of P2PD's users. A test belongs to a check when its title begins with the check's name.
This page is written by \`pnpm parity\`; a test fails when it is out of date.

| check | what | tests |
|---|---|---|
${rows.join('\n')}
`
}

/** Every test file of the packages and apps, by its path. */
export function testFiles(): Map<string, string> {
  const files = new Map<string, string>()
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name)) visit(path)
      if (entry.name.endsWith('.test.ts')) files.set(relative(ROOT, path), readFileSync(path, 'utf8'))
    }
  }
  for (const folder of ['packages', 'apps']) visit(join(ROOT, folder))
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

if (argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(PARITY_FILE, parityPage(testsByCheck(testFiles())))

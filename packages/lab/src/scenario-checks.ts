import {
  aBoolean,
  aNumber,
  aString,
  aWholeNumber,
  type Check,
  fields,
  invalid,
  listOf,
  oneOf,
  recordOf,
} from './check.ts'
import { presetList } from './presets.ts'

const anAmount = aNumber(0, Number.POSITIVE_INFINITY)
const aShare = aNumber(0, 1)
const aDependency = oneOf('endpoint-independent', 'address-dependent', 'address-and-port-dependent')

/** Names occur in command lines and file names: letters, digits, `-`, `_`, `.`. */
const aName: Check = (value, path) => {
  aString(value, path)
  if (!/^[\w.-]{1,60}$/.test(value as string))
    throw invalid(path, 'letters, digits, -, _ and . only, 60 at most')
}

const aLink = fields({
  delayMs: anAmount,
  jitterMs: anAmount,
  loss: aShare,
  reorder: aShare,
  duplicate: aShare,
  bitsPerSecond: aNumber(1, Number.POSITIVE_INFINITY),
  queueMs: aNumber(0, Number.POSITIVE_INFINITY),
  mtu: aWholeNumber(68, 65535),
})

const aDelta = fields(
  {
    type: oneOf('equal', 'preserving', 'independent', 'dependent', 'random'),
    value: aWholeNumber(-65535, 65535),
  },
  'type',
)

const aPort = aWholeNumber(1, 65535)

const aRange: Check = (value, path) => {
  listOf(aPort, 2)(value, path)
  const [low, high] = value as number[]
  if (low === undefined || high === undefined || low >= high)
    throw invalid(path, 'must be first and last port')
}

/** Settings of any kind of box; a kind ignores the settings that it does not use. */
const someSettings = fields({
  kind: oneOf('nat', 'firewall', 'open'),
  mapping: aDependency,
  filtering: aDependency,
  delta: aDelta,
  tcp: fields({ mapping: aDependency, filtering: aDependency, delta: aDelta }),
  secondary: fields({ mapping: aDependency, delta: aDelta }),
  ports: fields({
    range: aRange,
    parity: aBoolean,
    blockSize: aWholeNumber(0, 65535),
    addresses: aWholeNumber(1, 64),
    pooling: oneOf('paired', 'arbitrary'),
    protocols: oneOf('apart', 'together'),
    splitAddresses: aBoolean,
    overloading: aBoolean,
  }),
  hairpinning: aBoolean,
  lifetimes: fields({
    idleMs: anAmount,
    halfOpenMs: anAmount,
    establishedMs: anAmount,
    closedMs: anAmount,
    absoluteMs: anAmount,
  }),
  unsolicited: fields({ tcp: oneOf('drop', 'rst', 'icmp'), udp: oneOf('drop', 'icmp') }),
  traffic: fields({
    passes: oneOf('everything', 'no-udp', 'no-tcp', 'web-only'),
    rejects: aBoolean,
    newMappingsPerSecond: anAmount,
    othersPerSecond: anAmount,
    maxUdpBytes: anAmount,
  }),
  untranslated: oneOf('firewall', 'open', 'blocked'),
})

const aPlace: Check = (value, path) => (Array.isArray(value) ? listOf(aName, 1) : aName)(value, path)

const aHost = fields(
  {
    name: aName,
    behind: aPlace,
    families: listOf(oneOf('IPv4', 'IPv6'), 1),
    addresses: aWholeNumber(1, 64),
    link: aLink,
  },
  'name',
)

const aBox = fields(
  {
    name: aName,
    behind: aName,
    preset: oneOf(...presetList.map(({ name }) => name)),
    settings: someSettings,
    subnet: aString,
    nftables: fields(
      {
        nat: oneOf('masquerade', 'masquerade-random', 'static'),
        unsolicited: oneOf('drop', 'refuse'),
        hops: aWholeNumber(0, 60),
      },
      'nat',
    ),
    link: aLink,
  },
  'name',
)

const aTurnServer = fields(
  {
    host: aName,
    port: aPort,
    username: aString,
    credential: aString,
    relaysTcp: aBoolean,
    quota: aWholeNumber(0, 65535),
    udp: oneOf('open', 'blocked'),
    diesAtMs: anAmount,
    returnsAtMs: anAmount,
  },
  'host',
)

const aProgram = fields(
  {
    host: aName,
    command: listOf(aString, 1),
    environment: recordOf((value, path) => aText(value, path)),
    background: aBoolean,
  },
  'host',
  'command',
)

function aText(value: unknown, path: string): void {
  if (typeof value !== 'string') throw invalid(path, 'must be a text')
}

/** Checks fields, types and ranges of a scenario. Names are checked afterwards. */
export const checkShape: Check = fields(
  {
    seed: aWholeNumber(0, 2 ** 32 - 1),
    hosts: listOf(aHost, 1),
    boxes: listOf(aBox),
    names: recordOf(listOf(aString, 1)),
    turn: listOf(aTurnServer),
    programs: listOf(aProgram),
  },
  'hosts',
)

import type { Broker, InterfaceNat, NetworkInterface, Pipe } from '@p2pd/client'
import { natWords } from './nat-words.ts'

/** Peers that are drawn; the table has all. */
const MAX_PEERS = 6

/** A NIC in the picture, and the NAT in front of it. */
export interface DrawnNic {
  readonly name: string
  readonly title: string
  readonly addresses: readonly string[]
  /** The verdict; where UDP and TCP meet different NATs, one of them is in `title` and the other in `lines`. */
  readonly nat: { readonly title: string; readonly lines: readonly string[]; readonly isMeasured: boolean }
}

/** A peer in the picture, and the way to it. */
export interface DrawnPeer {
  readonly pipe: Pipe
  /** The NIC that the path leaves by; -1 when it stays on this host. */
  readonly nic: number
  readonly isThroughNat: boolean
  readonly isRelayed: boolean
}

/** A broker in the picture. */
export interface DrawnBroker {
  readonly broker: Broker
  readonly nic: number
}

/** The network as a picture: from this host to the right. */
export interface Picture {
  readonly nics: readonly DrawnNic[]
  readonly brokers: readonly DrawnBroker[]
  readonly peers: readonly DrawnPeer[]
}

/** The facts that the picture shows. */
export interface Network {
  readonly interfaces: readonly NetworkInterface[]
  readonly nats: readonly InterfaceNat[]
  readonly brokers: readonly Broker[]
  readonly pipes: readonly Pipe[]
}

/** Chooses the boxes and lines of the picture. */
export function pictureOf({ interfaces, nats, brokers, pipes }: Network): Picture {
  const used = new Set(pipes.map(({ local }) => ipOf(local)))
  const shown = interfaces.filter(
    (nic) =>
      nic.up &&
      (nats.some((nat) => nat.interface === nic.name) ||
        (nic.type !== 'loopback' &&
          (nic.gateways.length > 0 || nic.addresses.some(({ ip }) => used.has(ip))))),
  )
  const nics =
    shown.length > 0 ? shown : interfaces.filter(({ up, type }) => up && type !== 'loopback').slice(0, 3)
  const nicOf = (ip: string) =>
    nics.findIndex(({ addresses }) => addresses.some((address) => address.ip === ip))
  return {
    nics: nics.map((nic) => drawNic(nic, nats)),
    brokers: brokers.map((broker) => ({ broker, nic: Math.max(0, nicOf(broker.localAddress ?? '')) })),
    // Peers on this host last: their lines run below the NICs.
    peers: pipes
      .slice(-MAX_PEERS)
      .map((pipe) => drawPeer(pipe, nicOf))
      .sort((a, b) => Number(a.nic < 0) - Number(b.nic < 0)),
  }
}

function drawNic(
  { name, humanName, type, addresses }: NetworkInterface,
  nats: readonly InterfaceNat[],
): DrawnNic {
  const own = nats.filter((nat) => nat.interface === name)
  const verdicts = own.map((nat) => ({
    protocol: nat.protocol.toUpperCase(),
    title: natWords(nat.report).title,
  }))
  const isOne = new Set(verdicts.map(({ title }) => title)).size <= 1
  const titles = isOne
    ? verdicts.slice(0, 1).map(({ title }) => title)
    : verdicts.map(({ protocol, title }) => `${protocol} ${title}`)
  const external = [...new Set(own.flatMap(({ report }) => report.externalAddresses))]
  const ips = addresses.map(({ ip }) => ip)
  return {
    name,
    title: humanName === name ? type : humanName,
    // IPv4 first: people know those by heart.
    addresses: [...ips.filter((ip) => !ip.includes(':')), ...ips.filter((ip) => ip.includes(':'))],
    nat: {
      title: titles[0] ?? 'not measured',
      lines: [...new Set([...titles.slice(1), ...external])],
      isMeasured: own.length > 0,
    },
  }
}

function drawPeer(pipe: Pipe, nicOf: (ip: string) => number): DrawnPeer {
  const local = ipOf(pipe.local)
  return {
    pipe,
    nic: isLoopback(local) ? -1 : Math.max(0, nicOf(local)),
    isThroughNat: pipe.strategy !== 'direct' || isGlobal(ipOf(pipe.remote)),
    isRelayed: pipe.strategy === 'relay',
  }
}

/** `192.0.2.1` of `192.0.2.1:80`, `fe80::1` of `[fe80::1%eth0]:80`. RFC 3986 §3.2.2, RFC 4007 §11. */
export function ipOf(transportAddress: string): string {
  const [, bracketed, plain = ''] = /^(?:\[([^\]%]*)[^\]]*\]|([^:]*)):\d+$/.exec(transportAddress) ?? []
  return bracketed ?? plain
}

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}

/** Not an address of a private network, of a link or of a carrier's NAT. RFC 1918, RFC 4193, RFC 6598. */
function isGlobal(ip: string): boolean {
  if (ip.includes(':')) return !/^(?:::1$|f[cd]|fe[89ab])/i.test(ip)
  return !/^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    ip,
  )
}

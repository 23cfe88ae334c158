import type { IgdScript } from './gateway-script.ts'
import { type Quirk, SECOND_ADDRESS } from './quirk.ts'

const FOREVER = Number.POSITIVE_INFINITY

/** A quirk that changes UPnP alone. */
function quirk(name: string, change: IgdScript, more: Partial<Quirk> = {}): Quirk {
  // A lease that is shorter than asked for and shown wrong besides cannot be kept.
  const [part = 'error'] = Object.keys(change)
  return {
    name,
    of: 'upnp',
    part: part === 'leaseShown' ? 'grant' : part,
    apply: ({ igd }) => Object.assign(igd ?? {}, change),
    ...more,
  }
}

/** Answers with an error code, so many times, to requests that `fits` accepts. */
function fails(
  code: number,
  times: number,
  fits: (args: ReadonlyMap<string, string>) => boolean = () => true,
): () => IgdScript {
  return () => {
    let left = times
    const error: NonNullable<IgdScript['error']> = (action, args) =>
      action.endsWith('PortMapping') && action.startsWith('Add') && fits(args) && left-- > 0
        ? code
        : undefined
    return { error }
  }
}

const failing = (name: string, make: () => IgdScript, more: Partial<Quirk> = {}): Quirk => ({
  ...quirk(name, {}, more),
  apply: ({ igd }) => Object.assign(igd ?? {}, make()),
})

const hasLease = (args: ReadonlyMap<string, string>) => args.get('NewLeaseDuration') !== '0'
const otherPort = (args: ReadonlyMap<string, string>) =>
  args.get('NewExternalPort') !== args.get('NewInternalPort')

/** The quirks of UPnP that were seen in the field. */
export const igdQuirks: readonly Quirk[] = [
  quirk('chunked answers', { body: 'chunked' }),
  quirk('HTTP/1.0 without a length', { body: 'close' }),
  quirk('line feeds alone', { body: 'lf' }),
  quirk('endless answers', { body: 'endless' }, { stops: true }),
  quirk('answers after 4 s', { delayMs: 4000 }),
  quirk('answers to unicast alone', { answersOnly: 'unicast' }),
  quirk('answers to multicast alone', { answersOnly: 'multicast' }, { needsMulticast: true }),
  quirk('answers from another address', { answerFrom: SECOND_ADDRESS }, { needsMulticast: true }),
  quirk('a wrong LOCATION', { locations: ['http://10.0.0.1:5000/root.xml'] }),
  quirk('several LOCATIONs', {
    locations: ['http://evil.example/x', 'http://192.168.1.1:1/x', 'http://192.168.1.1:5000/root.xml'],
  }),
  quirk('relative control URLs', { controlUrl: (index) => `control/${index}` }),
  quirk('control URLs elsewhere', { controlUrl: (index) => `http://10.0.0.1:5000/control/${index}` }),
  quirk('a wrong URLBase', { urlBase: 'http://10.0.0.1:80/' }),
  quirk('every lease shown as 0', { leaseShown: () => 0 }),
  quirk('leases shown half as long again', { leaseShown: (seconds) => Math.round(1.5 * seconds) }),
  quirk('WANPPPConnection alone', { services: [{ name: 'WANPPPConnection', version: 1 }] }),
  quirk('a disconnected service first', {
    services: [
      { name: 'WANIPConnection', version: 1, connected: false, externalIp: '0.0.0.0' },
      { name: 'WANPPPConnection', version: 1 },
    ],
  }),
  quirk(
    'redirects',
    {
      rewrite: () => 'HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n',
    },
    { stops: true },
  ),
  failing('725: permanent leases alone', fails(725, FOREVER, hasLease)),
  failing('402 for a lease', fails(402, FOREVER, hasLease)),
  failing('724: external equals internal', fails(724, FOREVER, otherPort)),
  failing('718 three times', fails(718, 3)),
  failing('728 once', fails(728, 1)),
  failing('729 once', fails(729, 1)),
  failing('501 once', fails(501, 1)),
  failing('606: no permission', fails(606, FOREVER), { stops: true }),
  failing('501 always', fails(501, FOREVER), { stops: true }),
  failing('718 always', fails(718, FOREVER), { stops: true }),
  failing('726: no remote host', fails(726, FOREVER), { stops: true }),
]

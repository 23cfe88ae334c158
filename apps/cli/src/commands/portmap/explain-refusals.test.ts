import { expect, test } from '@jest/globals'
import type { FailedAttempt } from '@p2pd/portmap'
import { explainRefusals } from './explain-refusals.ts'

const attempt = (
  protocol: FailedAttempt['protocol'],
  outcome: FailedAttempt['outcome'],
  reason = 'the reason',
  gateway = '192.168.1.1',
): FailedAttempt => ({ gateway, protocol, outcome, reason })

const silent = [attempt('pcp', 'silent'), attempt('nat-pmp', 'silent'), attempt('upnp', 'silent')]
const off = [attempt('pcp', 'closed'), attempt('nat-pmp', 'closed'), attempt('upnp', 'silent')]

test.each<[string, readonly FailedAttempt[], RegExp]>([
  [
    'silence',
    silent,
    /^no gateway answered by PCP, NAT-PMP or UPnP: switch on UPnP in the router's settings, or /,
  ],
  [
    'closed ports',
    off,
    /^the router 192\.168\.1\.1 has PCP and NAT-PMP switched off, and no answer by UPnP: switch on UPnP/,
  ],
  [
    'no permission',
    [...silent, attempt('upnp', 'not-authorized')],
    /refuses \(upnp\): the reason; allow this device/,
  ],
  [
    'a router that falls silent',
    [attempt('pcp', 'unresponsive'), attempt('upnp', 'silent')],
    /refuses \(pcp\): the reason; the router probably allows nobody to open this port: allow this device/,
  ],
  ['a full table', [attempt('pcp', 'no-resources')], /refuses \(pcp\): the reason; remove port mappings/],
  [
    'a carrier',
    [attempt('nat-pmp', 'no-external-network')],
    /the reason; ask the provider for a public IPv4 address/,
  ],
  [
    'a NAT between',
    [attempt('pcp', 'nat-between')],
    /another router stands in between: switch one of the two/,
  ],
  ['a failure', [attempt('upnp', 'failed')], /restart the router/],
  [
    'a foreign device',
    [...off.slice(0, 2), attempt('upnp', 'unsupported')],
    /maps no ports \(upnp\): the reason; switch on/,
  ],
])('%s: the reason and the way out in a sentence', (_name, failed, sentence) => {
  const [said = '', ...more] = explainRefusals(failed)
  expect(said).toMatch(sentence)
  expect(more).toEqual([])
})

test('the most telling refusal of each gateway is said, and silent gateways are left out', () => {
  const failed = [
    attempt('pcp', 'not-authorized'),
    attempt('upnp', 'no-resources'),
    attempt('pcp', 'no-external-network', 'no address', '192.168.2.1'),
    attempt('pcp', 'silent', '', '192.168.3.1'),
  ]
  expect(explainRefusals(failed)).toEqual([
    expect.stringMatching(/^the router 192\.168\.1\.1 refuses \(pcp\).*allow/),
    expect.stringMatching(/^the router 192\.168\.2\.1 refuses \(pcp\): no address/),
  ])
})

test('the addresses of one router, which say the same, share a sentence', () => {
  const both = ['192.168.1.1', 'fe80::1%eth0'].flatMap((gateway) => [
    attempt('pcp', 'closed', '', gateway),
    attempt('upnp', 'silent', '', gateway),
  ])
  expect(explainRefusals(both)).toEqual([
    expect.stringMatching(/^the router 192\.168\.1\.1 and fe80::1%eth0 has PCP and NAT-PMP switched off/),
  ])
})

import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, createSecureContext, TLSSocket } from 'node:tls'

/** Self-signed, for tests; made with `openssl req -x509 -newkey ed25519 -nodes -days 36500 -subj /CN=test`. */
const key = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIMSKeZzMRUtcvbti8CpAR8FsB7omR78A9yBjCbOL4yxR
-----END PRIVATE KEY-----`
const cert = `-----BEGIN CERTIFICATE-----
MIIBNDCB56ADAgECAhRs3QjoUDpHAfZyO7s4hm0ecAjCtjAFBgMrZXAwDzENMAsG
A1UEAwwEdGVzdDAgFw0yNjExMjIxODI0MjJaGA8yMTI2MTAyOTE4MjQyMlowDzEN
MAsGA1UEAwwEdGVzdDAqMAUGAytlcAMhAAl0bIIwIpXQwh92/TVAZ20Vrs4mdR6g
GK2qzamsaSo+o1MwUTAdBgNVHQ4EFgQUNLCcKs8+EqYJlFVVcBlpxNWBDIYwHwYD
VR0jBBgwFoAUNLCcKs8+EqYJlFVVcBlpxNWBDIYwDwYDVR0TAQH/BAUwAwEB/zAF
BgMrZXADQQDF00KxvsEIPUbidBy+Nl54p0I78S5EiBTFrdJOijUZotd/DqL35/2c
dxWJkQ21h5HEypbpGltY580bXzPD4gcJ
-----END CERTIFICATE-----`

/** TLS 1.3 over the two ends of a stream. RFC 8446. */
export async function securePair([a, b]: readonly [Duplex, Duplex]): Promise<
  readonly [TLSSocket, TLSSocket]
> {
  const secureContext = createSecureContext({ key, cert, minVersion: 'TLSv1.3' })
  const server = new TLSSocket(b as Socket, { secureContext, isServer: true })
  const client = connect({ socket: a as Socket, secureContext, rejectUnauthorized: false })
  await Promise.all([once(client, 'secureConnect'), once(server, 'secure')])
  return [client, server]
}

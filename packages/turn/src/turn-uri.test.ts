import { expect, test } from '@jest/globals'
import { formatTurnUri, parseTurnUri } from '@p2pd/turn'

test.each([
  ['turn:relay.example', 'turn', 'relay.example', 3478, 'udp'],
  ['turn:192.0.2.1:80?transport=tcp', 'turn', '192.0.2.1', 80, 'tcp'],
  ['TURN:[2001:db8::1]:3479?transport=udp', 'turn', '2001:db8::1', 3479, 'udp'],
  ['turns:relay.example', 'turns', 'relay.example', 5349, 'tcp'],
  ['turns:relay.example:443?transport=tcp', 'turns', 'relay.example', 443, 'tcp'],
])('%s', (text, scheme, host, port, transport) => {
  const uri = parseTurnUri(text)
  expect(uri).toEqual({ scheme, host, port, transport })
  expect(parseTurnUri(formatTurnUri(uri))).toEqual(uri)
})

test.each([
  'stun:relay.example',
  'turn:',
  'turn:a:0',
  'turn:a?transport=sctp',
  'turns:a?transport=udp',
  'turn://a',
  '',
])('"%s" is refused, and the error names it', (text) => {
  expect(() => parseTurnUri(text)).toThrow(
    expect.objectContaining({ code: 'TURN_INVALID_URI', message: expect.stringContaining(`"${text}"`) }),
  )
})

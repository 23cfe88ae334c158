import { expect, test } from '@jest/globals'
import { parseServers } from './servers.ts'

const parse = (value: unknown) => parseServers(JSON.stringify(value), 'servers.json')

test('reads the file of the contract', () => {
  const servers = {
    stun: [
      'stun:203.0.113.1:3478',
      'stun:203.0.113.1:3478?transport=tcp',
      'stuns:stun.example',
      'stun:[2001:db8::1]:3478',
    ],
    turn: [
      { uri: 'turn:203.0.113.1:3478?transport=udp', username: 'u', credential: 'p' },
      { uri: 'turns:relay.example:5349?transport=tcp', secret: 'shared' },
    ],
    mqtt: ['mqtt://203.0.113.1:1883', 'mqtts://broker.example:8883', 'ws://user:secret@broker.example/mqtt'],
  }
  expect(parse(servers)).toEqual(servers)
})

test('a missing section is an empty one', () => {
  expect(parse({ mqtt: ['mqtt://127.0.0.1'] })).toEqual({ stun: [], turn: [], mqtt: ['mqtt://127.0.0.1'] })
})

test.each([
  [{ stun: ['http://x'] }, 'servers.json: stun[0]: "http://x" is not a stun URI'],
  [
    { stun: ['stun:ok.example', 'stun:h:70000'] },
    'stun[1]: "stun:h:70000" has a port that is not 1 to 65535',
  ],
  [{ stun: ['turn:h:1'] }, 'stun[0]: "turn:h:1" is not a stun URI'],
  [{ turn: ['turn:h:1'] }, 'turn[0]: "turn:h:1" needs "uri", and "username" and "credential" or "secret"'],
  [{ turn: [null] }, 'turn[0]: null needs "uri"'],
  [{ turn: [{ uri: 'stun:h', username: 'u', credential: 'p' }] }, 'turn[0]: "stun:h" is not a turn URI'],
  [{ mqtt: ['broker.example'] }, 'mqtt[0]: "broker.example" is not a URL'],
  [{ mqtt: ['http://broker.example'] }, 'mqtt[0]: "http://broker.example" must begin with mqtt://'],
  [{ mqtt: [7] }, 'mqtt[0]: 7 is not a URL'],
  [{ mqtt: 'mqtt://h' }, 'servers.json: "mqtt" is not a list'],
  [{ mqqt: [] }, '"mqqt" is not one of "stun", "turn", "mqtt"'],
  [{ mqtt: ['mqtt://u:secret@broker.example:99999'] }, 'mqtt[0]: "mqtt://broker.example:99999" is not a URL'],
  [{ turn: [{ uri: 'turn:h', username: 'u', credential: 'p', secret: 's' }] }, 'turn[0]: "turn:h" needs'],
  [{ turn: [{ uri: 'turn:h', secret: '' }] }, 'turn[0]: "turn:h" needs'],
  [{ turn: [{ uri: 'turn:h', credential: 'secret' }] }, 'turn[0]: "turn:h" needs'],
  [{ stun: ['stun:u:secret@h'] }, 'stun[0]: "h" is not a stun URI'],
  [[], 'servers.json must hold an object'],
])('%j is refused by name', (value, message) => {
  expect(() => parse(value)).toThrow(message)
})

test('says that a text is empty, or not JSON', () => {
  // A shell makes the file before `infra > servers.json` writes into it.
  expect(() => parseServers('\n', 'servers.json')).toThrow('servers.json is empty')
  expect(() => parseServers('{', 'servers.json')).toThrow('servers.json is not JSON')
})

import { expect, test } from '@jest/globals'
import { createIdentity } from '../identity.ts'
import { tlsSecure } from '../tls.ts'
import { rehearse } from './rehearse.ts'

test('I1: fault 4: the rehearsal of a call succeeds, and happens once in a process', async () => {
  const identity = createIdentity()
  const encrypted = tlsSecure(identity)
  const [roles, faults]: [string[], object[]] = [[], []]
  const secure: typeof encrypted = (stream, options) => {
    roles.push(options.role)
    return encrypted(stream, options)
  }
  const parts = { identity, secure, log: (_: string, fields: object) => void faults.push(fields) }
  await rehearse(parts)
  await rehearse(parts)
  expect([roles, faults]).toEqual([['client', 'server'], []])
})

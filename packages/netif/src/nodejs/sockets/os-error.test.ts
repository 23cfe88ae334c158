import { expect, test } from '@jest/globals'
import { NetifError } from '@p2pd/netif'
import { translateOsError } from '@p2pd/netif/node'
import { systemReason } from '../../system-reason.ts'
import { isExhaustion } from './os-error.ts'

test.each([
  ['EADDRINUSE', 'NETIF_ADDRESS_IN_USE'],
  ['EADDRNOTAVAIL', 'NETIF_ADDRESS_NOT_AVAILABLE'],
  ['EAFNOSUPPORT', 'NETIF_ADDRESS_NOT_AVAILABLE'],
  ['ECONNREFUSED', 'NETIF_REFUSED'],
  ['ECONNRESET', 'NETIF_RESET'],
  ['ETIMEDOUT', 'NETIF_TIMEOUT'],
  ['ENETUNREACH', 'NETIF_UNREACHABLE'],
  ['EACCES', 'NETIF_PERMISSION'],
  ['ENODEV', 'NETIF_NOT_FOUND'],
  ['ENOTFOUND', 'NETIF_RESOLVE'],
  ['ERR_SOCKET_DGRAM_NOT_RUNNING', 'NETIF_CLOSED'],
  ['EMFILE', 'NETIF_SYSTEM'],
])('%s is %s', (code, expected) => {
  const cause = Object.assign(new Error('original'), { code })
  const error = translateOsError(cause, 'listen on 192.0.2.1:80')
  expect(error).toBeInstanceOf(NetifError)
  expect(error).toMatchObject({ code: expected, cause })
  expect(error.message).toBe(`cannot listen on 192.0.2.1:80: ${systemReason(cause)}`)
})

test('an error that is translated stays as it is; one without a code keeps its message', () => {
  const error = new NetifError('NETIF_CLOSED', 'closed')
  expect(translateOsError(error, 'send')).toBe(error)
  expect(translateOsError(new Error('odd'), 'send')).toMatchObject({
    code: 'NETIF_SYSTEM',
    message: 'cannot send: odd',
  })
  expect(translateOsError('odd', 'send').message).toBe('cannot send: odd')
})

test('I1: faults 12, 13: the list of NICs has its code elsewhere; exhaustion is not refusal', () => {
  const failure = (code: string) =>
    Object.assign(new Error(`uv_interface_addresses returned ${code}`), {
      code: 'ERR_SYSTEM_ERROR',
      info: { code, syscall: 'uv_interface_addresses' },
    })
  expect(translateOsError(failure('EACCES'), 'list the NICs')).toMatchObject({ code: 'NETIF_PERMISSION' })
  const codes = ['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'ENOENT']
  const verdicts = codes.map((code) => isExhaustion(translateOsError(failure(code), 'list the NICs')))
  expect(verdicts).toEqual([true, true, true, false, false])
  expect([isExhaustion(undefined), isExhaustion(new Error('odd'))]).toEqual([false, false])
  expect(isExhaustion(translateOsError({ killed: true, code: null }, 'run ifconfig'))).toBe(true)
})

import { readdirSync } from 'node:fs'
import { platform } from 'node:process'
import { expect, test } from '@jest/globals'
import { dialTcp } from './dial-tcp.ts'

const onLinux = platform === 'linux' ? test : test.skip

onLinux('I1: fault 12: a dial that is aborted before it begins leaves no descriptor behind', async () => {
  const descriptors = () => readdirSync('/proc/self/fd').length
  const signal = AbortSignal.abort()
  // Tied to a NIC, where the socket is opened before the dial.
  const dial = () => dialTcp({ remote: { ip: '203.0.113.1', port: 9 }, interfaceName: 'lo', signal })
  await expect(dial()).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
  const before = descriptors()
  for (let i = 0; i < 20; i++) await expect(dial()).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
  expect(descriptors() - before).toBeLessThan(5)
})

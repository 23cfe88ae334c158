import { expect, test } from '@jest/globals'
import { createUdx, loadUdx } from './load-udx.ts'

test('without udx-native the error says what to install', async () => {
  const cause = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  await expect(createUdx(() => Promise.reject(cause))).rejects.toMatchObject({
    name: 'UdxError',
    code: 'UDX_MISSING',
    message: 'udx-native is not installed: npm install udx-native',
    cause,
  })
})

test('without a build for the platform the error names it', async () => {
  const cause = Object.assign(new Error('Cannot find addon'), { code: 'ADDON_NOT_FOUND' })
  await expect(createUdx(() => Promise.reject(cause))).rejects.toMatchObject({
    code: 'UDX_MISSING',
    message: `udx-native cannot be loaded on ${process.platform} ${process.arch}: Cannot find addon`,
    cause,
  })
})

test('udx-native is loaded once', async () => {
  expect(await loadUdx()).toBe(await loadUdx())
})

import { afterEach, expect, test } from '@jest/globals'
import { platform } from 'node:os'
import { kernelInternetSupport } from './kernel-support.ts'

const path = process.env.PATH
afterEach(() => {
  process.env.PATH = path
})

const testOnLinux = platform() === 'linux' ? test : test.skip

testOnLinux('a missing program is named, with the package that brings it', () => {
  process.env.PATH = '/nowhere'
  expect(kernelInternetSupport()).toEqual({
    ok: false,
    reason: expect.stringMatching(/socat.*not found: apt-get install .*socat/),
  })
})

testOnLinux('it either works or says why not', () => {
  const support = kernelInternetSupport()
  expect(support.ok ? support.mode : support.reason).toMatch(/./)
})

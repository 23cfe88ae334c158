import { expect, test } from '@jest/globals'
import { Mutex } from './mutex.ts'

test('one at a time', () => {
  const mutex = new Mutex()
  const leave = mutex.tryLock()
  expect(mutex.tryLock()).toBeUndefined()
  leave?.()
  expect(mutex.tryLock()).toBeDefined()
})

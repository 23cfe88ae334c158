import { afterAll, describe } from '@jest/globals'
import { KernelInternet, type KernelInternetOptions } from '../src/kernel/kernel-internet.ts'
import { kernelInternetSupport } from '../src/kernel/kernel-support.ts'

const { skip } = describe

/** Tests that need real kernels: where there can be none they are skipped, and say why. */
export function describeKernel(name: string, tests: () => void): void {
  const support = kernelInternetSupport()
  const title = support.ok ? name : `${name} (skipped: ${support.reason})`
  const run = support.ok ? describe : skip
  run(title, tests)
}

/** A lab that the tests of one `describe` share: made when first asked for, closed after the last. */
export function sharedLab(options: KernelInternetOptions): () => Promise<KernelInternet> {
  let made: KernelInternet | undefined
  afterAll(() => made?.close())
  return lazy(async () => (made = await KernelInternet.create(options)))
}

/** Makes a value when first asked for, and gives the same one ever after. */
export function lazy<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}

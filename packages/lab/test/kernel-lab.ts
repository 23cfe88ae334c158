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
  let lab: Promise<KernelInternet> | undefined
  afterAll(async () => (await lab)?.close())
  return () => (lab ??= KernelInternet.create(options))
}

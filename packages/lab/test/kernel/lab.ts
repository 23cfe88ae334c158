import { spawnSync } from 'node:child_process'
import { afterAll, describe } from '@jest/globals'
import { KernelInternet, type KernelInternetOptions } from '../../src/kernel/kernel-internet.ts'
import { kernelInternetSupport, programEnvironment } from '../../src/kernel/kernel-support.ts'

const { skip } = describe

/** For tests that need real kernels or programs: without these they are skipped, and their titles say why. */
export function describeKernel(name: string, tests: () => void, programs: readonly string[] = []): void {
  const reason = whyNot(programs)
  const run = reason === undefined ? describe : skip
  run(reason === undefined ? name : `${name} (skipped: ${reason})`, tests)
}

function whyNot(programs: readonly string[]): string | undefined {
  const support = kernelInternetSupport()
  if (!support.ok) return support.reason
  const env = programEnvironment()
  const missing = programs.filter((program) => spawnSync('which', [program], { env }).status !== 0)
  return missing.length === 0 ? undefined : `${missing.join(', ')} not found`
}

/** A lab that the tests of one `describe` share. The first use makes it; it closes after the last test. */
export function sharedLab(options: KernelInternetOptions): () => Promise<KernelInternet> {
  let made: KernelInternet | undefined
  afterAll(() => made?.close())
  return lazy(async () => (made = await KernelInternet.create(options)))
}

/** Makes a value at the first call, and returns the same value later. */
export function lazy<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}

/**
 * The `p2pd` command as a function: `main(args, surroundings)` runs one command line with the given streams
 * and returns its exit status. It holds no logic of the network's; the packages below do.
 *
 * ```ts
 * import { main } from '@p2pd/cli'
 *
 * const { stdin, stdout, stderr, env } = process
 * process.exitCode = await main(['id', '--json'], { stdin, stdout, stderr, env, interrupted: new AbortController().signal })
 * ```
 *
 * @packageDocumentation
 */
export type { Surroundings } from './context.ts'
export { ExitStatus, main } from './main.ts'

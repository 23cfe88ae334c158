import { type Node, NodeError } from '@p2pd/node'
import { defaultIdentityFile, type StartOptions, startNode } from '@p2pd/node/node'
import type { Readable, Writable } from 'node:stream'
import { createOutput, type LogLevel, type Output } from './output.ts'

/** The process a command runs in. */
export interface Surroundings {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts when the user ends the command (Ctrl-C). */
  readonly interrupted: AbortSignal
}

/** What every command takes. */
export interface CommonOptions {
  readonly json?: true
  readonly servers?: string
  readonly identity?: string
  readonly logLevel: LogLevel
}

/** What a command works with. */
export interface Context extends Surroundings {
  readonly output: Output
  readonly identityFile: string
  /** Named by the user; the built-in list is used otherwise. */
  readonly serversFile: string | undefined
}

export function createContext(surroundings: Surroundings, options: CommonOptions): Context {
  const { stdout, stderr, env } = surroundings
  return {
    ...surroundings,
    output: createOutput({ json: options.json ?? false, logLevel: options.logLevel, stdout, stderr }),
    identityFile: options.identity ?? defaultIdentityFile(),
    serversFile: options.servers ?? (env.P2PD_SERVERS || undefined),
  }
}

/**
 * Starts the user's node, runs something with it, and closes it. Servers that the user named must work; without
 * those of the built-in list a node still serves callers who know its address.
 */
export async function withNode(
  { identityFile, serversFile, output, interrupted }: Context,
  options: Pick<StartOptions, 'echo'>,
  run: (node: Node) => Promise<void>,
): Promise<void> {
  const servers = serversFile === undefined ? {} : { servers: serversFile }
  const node = await startNode({ ...options, ...servers, identity: identityFile, log: output.log })
  try {
    interrupted.throwIfAborted()
    await node.ready().catch((error: Error) => {
      if (serversFile !== undefined) throw error
      output.error(`only callers who know the address can connect: ${error.message}`)
    })
    await run(node)
  } finally {
    await node.close()
  }
}

/** Resolves when the user ends the command. */
export function untilInterrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The code that programs branch on, for any error. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : 'CLI_FAILED'
}

/** What a failed `connect` tried; empty for any other error. */
export function reportOf(error: unknown): NodeError['report'] {
  return error instanceof NodeError ? error.report : []
}

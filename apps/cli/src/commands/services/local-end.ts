import { systemReason } from '@p2pd/netif'
import { CliError } from '../../cli-error.ts'

/** Listens at a local end; a taken port or socket is `CLI_TAKEN`, with the next thing to do. */
export async function atLocalEnd<Result>(text: string, listen: () => Promise<Result>): Promise<Result> {
  try {
    return await listen()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new CliError('CLI_TAKEN', `another program listens at ${text}: choose another LOCAL`, { cause })
    if (code === 'EACCES')
      throw new CliError('CLI_TAKEN', `this user may not listen at ${text}: choose another LOCAL`, { cause })
    throw new CliError('CLI_TAKEN', `can't listen at ${text}: ${systemReason(cause)}`, { cause })
  }
}

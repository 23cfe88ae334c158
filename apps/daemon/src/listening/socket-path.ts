import { configDirectory } from '@p2pd/node/identity'
import { userInfo } from 'node:os'
import { join } from 'node:path'

/** The user's Unix socket for commands, or on Windows the named pipe: one daemon of a user is found there. */
export function socketPath(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32') return `\\\\.\\pipe\\p2pd-${userInfo().username}`
  return join(configDirectory(env, platform), 'run', 'daemon.sock')
}

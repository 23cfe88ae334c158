import { systemReason } from '@p2pd/netif'
import { makeFolders } from '@p2pd/netif/node'
import { writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { formatUnit } from './systemd-unit.ts'

/** Writes the systemd unit that runs the daemon with these arguments, and says how it is started. Fails with `CLI_INSTALL`. */
export function installUnit(
  { env, output }: Context,
  scope: 'system' | 'user',
  args: readonly string[],
): void {
  if (process.platform !== 'linux')
    throw new CliError('CLI_INSTALL', 'this system has no systemd, which units are for')
  const folder = scope === 'system' ? '/etc/systemd/system' : join(configFolder(env), 'systemd', 'user')
  const path = join(folder, 'p2pd.service')
  const program = process.argv[1]
  if (program === undefined) throw new CliError('CLI_INSTALL', 'this process does not know its own program')
  try {
    makeFolders(dirname(path))
    writeFileSync(path, formatUnit({ command: [process.execPath, program, ...args], scope }))
  } catch (cause) {
    const advice = scope === 'system' ? ': run it as root, or with --user' : ''
    throw new CliError('CLI_INSTALL', `${path} can't be written: ${systemReason(cause)}${advice}`, { cause })
  }
  output.event({ event: 'installed', path })
  const how = scope === 'user' ? ' --user' : ''
  if (!output.json) output.result(`${path} is written. Start it: systemctl${how} enable --now p2pd`)
}

/** Where the user's units are. A user may have no home folder, and no entry in the password file. */
function configFolder(env: Context['env']): string {
  try {
    return env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config')
  } catch (cause) {
    throw new CliError('CLI_INSTALL', 'this user has no home folder: set XDG_CONFIG_HOME', { cause })
  }
}

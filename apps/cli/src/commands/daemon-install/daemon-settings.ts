import { systemReason } from '@p2pd/netif'
import { readFile } from 'node:fs/promises'
import { decodeTextFile } from '@p2pd/node/node'
import { CliError } from '../../cli-error.ts'
import { LOG_LEVELS, type LogLevel } from '../../output.ts'

/** The settings of a daemon that may change while it runs, in `daemon.json` of the config directory. */
export interface DaemonSettings {
  /** The peers that may use services without a list of their own. */
  readonly allow?: readonly string[]
  readonly logLevel?: LogLevel
}

/** Reads the settings; a file that is missing has none. Fails with `CLI_SETTINGS` when it is malformed. */
export async function loadSettings(file: string): Promise<DaemonSettings> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw bad(file, systemReason(cause))
  }
  return parseSettings(bytes, file)
}

function parseSettings(bytes: Uint8Array, file: string): DaemonSettings {
  let value: unknown
  try {
    value = JSON.parse(decodeTextFile(bytes))
  } catch (cause) {
    throw bad(file, systemReason(cause))
  }
  if (typeof value !== 'object' || value === null) throw bad(file, 'it is not a JSON object')
  const { allow, logLevel } = value as Record<string, unknown>
  if (allow !== undefined && !isTexts(allow)) throw bad(file, '"allow" is not a list of names')
  if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel as LogLevel))
    throw bad(file, `"logLevel" is not one of ${LOG_LEVELS.join(', ')}`)
  return {
    ...(allow !== undefined && { allow }),
    ...(logLevel !== undefined && { logLevel: logLevel as LogLevel }),
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function bad(file: string, why: string): CliError {
  return new CliError('CLI_SETTINGS', `the settings file ${file} can't be used: ${why}`)
}

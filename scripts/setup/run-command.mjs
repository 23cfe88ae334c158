/** Why: a command that is started must end with us, on signals and time-outs too. */
import { spawn } from 'node:child_process'
import { isInBackground, yieldProcessor } from './background.mjs'
import { root } from './workspace.mjs'

const isWindows = process.platform === 'win32'

/** Lines of a failed command's output that are shown: a screen or two. */
const shownLines = 80

/** Nothing asks, nags, reports home or prints a banner; what npm has fetched once is used offline. */
export const quietEnvironment = {
  CI: 'true',
  DO_NOT_TRACK: '1',
  NO_COLOR: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  npm_config_yes: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_loglevel: 'error',
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false',
}

/** A command that could not be started, ended with a status other than 0, or took too long. */
export class CommandError extends Error {
  /** @override */
  name = 'CommandError'

  /**
   * @param {string} why
   * @param {string} output the last lines it wrote
   */
  constructor(why, output) {
    super(why)
    this.output = output
  }
}

/** @type {Set<number>} process groups to end when this process ends */
const running = new Set()

process.on('exit', () => {
  for (const group of running) endGroup(group, 'SIGTERM')
})

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function endGroup(group, signal) {
  try {
    process.kill(isWindows ? group : -group, signal)
  } catch {
    // The group ended by itself in the meantime.
  }
}

/** Makes a signal to this process end the commands it started, too. */
export function endCommandsOnSignal() {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
}

/**
 * The command as `spawn` wants it. On Windows npm, npx and the tools of `node_modules/.bin` are scripts of its shell. Node
 * refuses to start them without the shell, and quotes nothing for it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {boolean} windows
 */
export function shellCommand(command, args, windows = isWindows) {
  if (!windows || /\.exe$/i.test(command)) return { command, args, shell: false }
  const quoted = [command, ...args].map((part) =>
    /^[\w@:./\\=-]+$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`,
  )
  return { command: quoted.join(' '), args: [], shell: true }
}

/** @param {string} output */
export function lastLines(output, count = shownLines) {
  return output.trimEnd().split('\n').slice(-count).join('\n')
}

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to the environment
 * @property {number} [timeoutMs]
 * @property {boolean} [background] leaves the processors to whatever else wants them; so does what a command in the background starts
 * @property {(chunk: Buffer) => void} [onOutput] shows both output streams as they come; an error does not repeat them
 */

/**
 * Runs a command without input and collects what it writes, standard output and error alike.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<string>}
 */
export function runCommand(command, args, options = {}) {
  const { cwd = root, env = {}, timeoutMs, onOutput, background = isInBackground() } = options
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the command starts in turn can be ended with it. Windows would open a console.
    const { shell, ...what } = shellCommand(command, args)
    const child = spawn(what.command, what.args, {
      shell,
      windowsHide: true,
      cwd,
      env: { ...process.env, ...quietEnvironment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: !isWindows,
    })
    const group = child.pid
    if (group !== undefined) running.add(group)
    if (group !== undefined && background) yieldProcessor(group)
    /** @type {Buffer[]} */
    const chunks = []
    const collect = (/** @type {Buffer} */ chunk) => {
      chunks.push(chunk)
      onOutput?.(chunk)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    let timedOut = false
    const expire = () => {
      timedOut = true
      if (group !== undefined) endGroup(group, 'SIGKILL')
    }
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs)

    /** @param {string | undefined} why */
    const finish = (why) => {
      clearTimeout(timer)
      if (group !== undefined) running.delete(group)
      const output = Buffer.concat(chunks).toString()
      if (why === undefined) resolve(output)
      else reject(new CommandError(why, onOutput ? '' : lastLines(output)))
    }
    child.on('error', (error) => finish(`${command} could not be started: ${error.message}`))
    child.on('close', (code, signal) => {
      if (timedOut) finish(`took longer than ${Math.round((timeoutMs ?? 0) / 1000)} s`)
      else if (code === 0) finish(undefined)
      else finish(signal ? `ended by ${signal}` : `exit status ${code}`)
    })
  })
}

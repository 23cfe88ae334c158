import { checkNoDaemon, daemonLog, ServiceAdmission, socketPath, startDaemon } from '@p2pd/daemon'
import type { Servers } from '@p2pd/node'
import { configDirectory } from '@p2pd/node/identity'
import {
  defaultContactsFile,
  defaultPendingFile,
  KeptContacts,
  loadContacts,
  loadServers,
  nameResolver,
} from '@p2pd/node/node'
import { join, resolve } from 'node:path'
import { type Context, untilInterrupted } from '../context.ts'
import type { LogLevel } from '../output.ts'
import { type DaemonSettings, loadSettings } from './daemon-install/daemon-settings.ts'
import { installUnit } from './daemon-install/install-unit.ts'
import { withNode } from '../with-node.ts'

export interface DaemonCommandOptions {
  readonly port: number
  readonly host: string
  readonly requireToken?: boolean
  readonly allowedHost?: readonly string[]
  readonly allow?: readonly string[]
  readonly downloads?: string
  readonly install?: true
  readonly user?: true
  readonly logLevel: LogLevel
}

/** `p2pd daemon`: the REST API of the user's node, until the user ends it. */
export async function daemon(context: Context, options: DaemonCommandOptions): Promise<void> {
  if (options.install)
    return installUnit(context, options.user ? 'user' : 'system', argumentsOf(context, options))
  const { env, output, interrupted } = context
  const { port, host, requireToken = false, allowedHost: allowedHosts = [] } = options
  const socket = socketPath(env)
  // A node reports its brokers and whoever shares its identity: errors that hide the one that counts.
  await checkNoDaemon(socket)
  const prepared = await prepare(context, options)
  const { log, admission, contactsFile } = prepared
  const needs = {
    needsBrokers: false,
    log,
    admit: admission.admit,
    names: prepared.names,
    watchServers: prepared.watchServers,
  }
  await withNode(context, needs, async (node) => {
    const tokenFile = join(configDirectory(env), 'daemon-token')
    const running = await startDaemon({
      node,
      port,
      host,
      allowedHosts,
      socket,
      contactsFile,
      admission,
      journalFile: join(configDirectory(env), 'transfers.json'),
      ...(options.downloads !== undefined && { downloads: resolve(options.downloads) }),
      log,
      ...(requireToken && { tokenFile }),
    })
    const stopReloading = context.onReload?.(() => void prepared.reload())
    try {
      output.event({ event: 'ready', url: running.url, socket })
      if (!output.json) output.result(readyText(running.url, requireToken ? tokenFile : undefined))
      log('ready', { url: running.url, socket })
      await untilInterrupted(interrupted)
      log('stopping', {})
    } finally {
      stopReloading?.()
      await running.close()
    }
  })
}

/** The parts of a daemon that follow its files: the log, the admission and the names. */
async function prepare({ env, stderr, serversFile }: Context, options: DaemonCommandOptions) {
  const settingsFile = join(configDirectory(env), 'daemon.json')
  const [contactsFile, pendingFile] = [defaultContactsFile(env), defaultPendingFile(env)]
  const first = await loadSettings(settingsFile)
  const logging = daemonLog(stderr, first.logLevel ?? options.logLevel)
  const { log } = logging
  const contacts = new KeptContacts(contactsFile, (reason) => log('not-reloaded', { reason }))
  const admission = new ServiceAdmission({ contacts: contacts.load, pendingFile })
  const use = ({ allow = options.allow ?? ['contacts'], logLevel = options.logLevel }: DaemonSettings) => {
    admission.allowByDefault(allow)
    logging.setLevel(logLevel)
  }
  use(first)
  await contacts.load()
  let useServers = (_: Servers) => {}
  return {
    log,
    admission,
    contactsFile,
    names: nameResolver({ contacts: contacts.load }),
    watchServers: (listener: (servers: Servers) => void) => {
      useServers = listener
      return () => {}
    },
    /** Uses the files as they are now; a malformed one changes nothing. */
    reload: async () => {
      try {
        const settings = await loadSettings(settingsFile)
        await loadContacts(contactsFile)
        await contacts.load()
        const servers = serversFile === undefined ? undefined : await loadServers(serversFile)
        use(settings)
        if (servers !== undefined) useServers(servers)
        log('reloaded', { ...settings })
      } catch (error) {
        log('not-reloaded', { reason: (error as Error).message })
      }
    },
  }
}

function readyText(url: string, tokenFile: string | undefined): string {
  const token = tokenFile === undefined ? '' : ` Requests need the token in ${tokenFile}.`
  return `The API is at ${url}, until Ctrl-C.${token}`
}

/** The arguments that start this daemon again, wherever it is started. */
function argumentsOf({ serversFile, identityFile, relay }: Context, options: DaemonCommandOptions): string[] {
  const { port, host, requireToken, allowedHost = [], allow = [], logLevel } = options
  return [
    ...['daemon', '--port', String(port), '--host', host, '--log-level', logLevel],
    ...(requireToken ? ['--require-token'] : []),
    ...(relay === undefined ? [] : ['--relay', relay]),
    ...allowedHost.flatMap((name) => ['--allowed-host', name]),
    ...allow.flatMap((who) => ['--allow', who]),
    ...(options.downloads === undefined ? [] : ['--downloads', resolve(options.downloads)]),
    ...(serversFile === undefined ? [] : ['--servers', resolve(serversFile)]),
    ...(identityFile === undefined ? [] : ['--identity', resolve(identityFile)]),
  ]
}

import { dirname, join } from 'node:path'
import { defaultIdentityFile } from '@p2pd/node/identity'
import type { LeaseStore, SavedLease, MappingTransport } from '@p2pd/portmap'
import { fileLeaseStore } from '@p2pd/portmap/node'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { counted } from '../../text/counted.ts'
import { askGateways, formatMapping, type PortWanted } from './ask-gateways.ts'
import { type Gateways, openMapper, probePort, systemGateways } from './open-gateways.ts'

export interface PortmapOptions {
  readonly port?: number
  readonly protocol?: readonly MappingTransport[]
  readonly release?: boolean
}

/**
 * `p2pd portmap`: asks the gateways for a port. A port that the user named stays mapped for its lifetime, or until
 * `--release`. Without one the command only finds out whether the gateways map ports.
 */
export async function portmap(
  context: Context,
  { port, protocol: transports = ['tcp', 'udp'], release = false }: PortmapOptions,
  gateways: Gateways = systemGateways,
): Promise<void> {
  if (release) return releaseMappings(context, { port, transports }, gateways)
  const { output } = context
  const store = port === undefined ? undefined : storeOf(context)
  const mapper = await openMapper(gateways, output.log, store)
  try {
    const wanted: PortWanted = { port: port ?? probePort(), transports }
    const { mappings, reasons } = await askGateways(mapper, await gateways.interfaces(), wanted)
    context.interrupted.throwIfAborted()
    for (const line of mappings) {
      output.event(line)
      output.result(formatMapping(line))
    }
    if (mappings.length === 0) throw new CliError('CLI_NO_MAPPING', reasons.join('; '))
    if (reasons.length > 0) output.info(`Not everywhere: ${reasons.join('; ')}`)
    if (port === undefined) return output.info('The port was only for this check, and is given back.')
    // From here on it stays: an error above gives it back.
    await mapper.leave()
    output.info(`It ends by itself; p2pd portmap --port ${port} --release ends it now.`)
  } finally {
    await mapper.close()
  }
}

/** Ends what earlier runs of the command have left mapped. */
async function releaseMappings(
  context: Context,
  {
    port,
    transports,
  }: { readonly port: number | undefined; readonly transports: readonly MappingTransport[] },
  gateways: Gateways,
): Promise<void> {
  const { output } = context
  const isWanted = ({ transport, internal }: SavedLease) =>
    transports.includes(transport) && (port === undefined || internal.port === port)
  const store = storeOf(context, isWanted)
  const known = (await store.load()).length
  const mapper = await openMapper(gateways, output.log, store)
  try {
    const count = await mapper.releaseLeftovers(await gateways.interfaces())
    if (count < known) {
      const left = known - count
      const reason = 'the gateway does not answer, or is another one now; they end by themselves'
      throw new CliError(
        'CLI_NOT_RELEASED',
        `${left} of ${counted(known, 'mapping')} ${left === 1 ? 'was' : 'were'} not released: ${reason}`,
      )
    }
    output.event({ event: 'released', count })
    output.result(count === 0 ? 'There was nothing to release.' : `Released ${counted(count, 'mapping')}.`)
  } finally {
    await mapper.close()
  }
}

/** The mappings of this command, beside the identity file; others than those in scope stay as they are. */
function storeOf(
  { identityFile }: Context,
  isInScope: (lease: SavedLease) => boolean = () => true,
): LeaseStore {
  const folder = dirname(identityFile ?? defaultIdentityFile())
  const file = fileLeaseStore(join(folder, 'port-mappings-by-hand.json'))
  let others: readonly SavedLease[] = []
  return {
    async load() {
      const all = await file.load()
      others = all.filter((lease) => !isInScope(lease))
      return all.filter(isInScope)
    },
    save: (leases) => file.save([...others, ...leases]),
  }
}

import { InfraError, startInfra } from '@p2pd/infra'
import { systemReason } from '@p2pd/netif'
import { readAtMost } from '@p2pd/netif/node'
import { CliError } from '../cli-error.ts'
import { type Context, untilInterrupted } from '../context.ts'

export interface InfraOptions {
  readonly host?: readonly string[]
  readonly mqttPort: number
  readonly stunPort: number
  /** Names and passwords of `--turn-user`. */
  readonly turnUser?: Readonly<Record<string, string>>
  readonly allowPrivatePeers?: boolean
  /** Files in PEM; both or neither. */
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** `p2pd infra`: the embedded servers, until the user ends them. */
export async function infra({ output, interrupted }: Context, options: InfraOptions): Promise<void> {
  const {
    host: hosts = ['127.0.0.1'],
    mqttPort,
    stunPort,
    turnUser: users,
    allowPrivatePeers = false,
  } = options
  const turn = users === undefined ? {} : { turn: { users, allowPrivatePeers } }
  const tls = await certificateOf(options)
  const running = await startInfra({ hosts, mqttPort, stunPort, ...turn, ...(tls && { tls }) }).catch(
    (error: unknown) => {
      throw withOption(error)
    },
  )
  try {
    const { servers, tlsServers } = running
    output.event({ event: 'ready', servers, ...(tlsServers && { tlsServers }) })
    if (!output.json) output.result(JSON.stringify(servers, undefined, 2))
    if (tlsServers !== undefined)
      output.info(`The same over TLS: ${JSON.stringify(tlsServers, undefined, 2)}`)
    output.info('The servers run until Ctrl-C. Their JSON, in a file, is what --servers takes.')
    await untilInterrupted(interrupted)
  } finally {
    await running.close()
  }
}

/** The certificate of the command line, if one is there. Fails with `CLI_FILE`. */
async function certificateOf({ tlsCert, tlsKey }: InfraOptions) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const [cert, key] = await Promise.all([tlsCert, tlsKey].map(pemIn))
  return { cert: cert ?? '', key: key ?? '' }
}

async function pemIn(file: string): Promise<string> {
  const bytes = await readAtMost(file, MAX_PEM_BYTES).catch((cause: unknown) => {
    throw new CliError('CLI_FILE', `${file} can't be read: ${systemReason(cause)}`, { cause })
  })
  return new TextDecoder().decode(bytes)
}

/** A chain of certificates has some kilobytes. */
const MAX_PEM_BYTES = 2 ** 20

/** The error of servers without their ports, with the options that give them others. */
function withOption(error: unknown): unknown {
  if (!(error instanceof InfraError) || !PORT_CODES.includes(error.code)) return error
  const { code, message } = error
  const options = [
    ...(/\bMQTT on/.test(message) ? ['--mqtt-port 0'] : []),
    ...(/\bSTUN over/.test(message) ? ['--stun-port 0'] : []),
  ]
  const remedy =
    options.length === 2 ? `${options.join(' and ')} take free ones` : `${options.join('')} takes a free one`
  return new InfraError(code, `${message}: ${remedy}`, { cause: error })
}

const PORT_CODES: readonly string[] = ['INFRA_ADDRESS_IN_USE', 'INFRA_PERMISSION']

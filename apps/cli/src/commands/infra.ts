import { InfraError, startInfra } from '@p2pd/infra'
import { type Context, untilInterrupted } from '../context.ts'

export interface InfraOptions {
  readonly host?: readonly string[]
  readonly mqttPort: number
  readonly stunPort: number
  /** Names and passwords of `--turn-user`. */
  readonly turnUser?: Readonly<Record<string, string>>
  readonly allowPrivatePeers?: boolean
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
  const running = await startInfra({ hosts, mqttPort, stunPort, ...turn }).catch((error: unknown) => {
    throw withOption(error)
  })
  try {
    output.event({ event: 'ready', servers: running.servers })
    if (!output.json) output.result(JSON.stringify(running.servers, undefined, 2))
    output.info('The servers run until Ctrl-C. Save the lines above as a file for --servers.')
    await untilInterrupted(interrupted)
  } finally {
    await running.close()
  }
}

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

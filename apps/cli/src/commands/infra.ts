import { InfraError, startInfra } from '@p2pd/infra'
import { type Context, untilInterrupted } from '../context.ts'

export interface InfraOptions {
  readonly host: readonly string[]
  readonly mqttPort: number
  readonly stunPort: number
  /** Names and passwords of `--turn-user`. */
  readonly turnUser: Readonly<Record<string, string>>
  readonly allowPrivatePeers?: boolean
}

/** `p2pd infra`: the embedded servers, until the user ends them. */
export async function infra({ output, interrupted }: Context, options: InfraOptions): Promise<void> {
  const hosts = options.host.length > 0 ? options.host : ['127.0.0.1']
  const { mqttPort, stunPort, turnUser: users, allowPrivatePeers = false } = options
  const turn = Object.keys(users).length === 0 ? {} : { turn: { users, allowPrivatePeers } }
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

/** The error of a server without its port, with the option that gives it another one. */
function withOption(error: unknown): unknown {
  if (!(error instanceof InfraError) || !PORT_CODES.includes(error.code)) return error
  const option = error.message.startsWith('MQTT') ? '--mqtt-port' : '--stun-port'
  return new InfraError(error.code, `${error.message}: ${option} 0 takes a free one`, { cause: error })
}

const PORT_CODES: readonly string[] = ['INFRA_ADDRESS_IN_USE', 'INFRA_PERMISSION']

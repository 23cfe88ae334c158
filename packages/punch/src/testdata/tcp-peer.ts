/** One process of two that punch TCP on loopback: gets its plan and the token, and says what it hears. */
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import type { PunchPlan } from '../plan/plan.ts'
import { executeTcpPunch } from '../tcp/execute-tcp-punch.ts'

const [, , plan = '', token = ''] = process.argv
const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
process.stdout.write('ready ')
// The other process says when it is ready, too.
process.stdin.once('data', () => {
  const options = { token: Buffer.from(token, 'hex') }
  executeTcpPunch(JSON.parse(plan) as PunchPlan, ports, options).then(
    ({ stream, remote }) => {
      stream.once('data', (data) => process.stdout.write(`${remote.port} says ${String(data)}`))
      stream.once('end', () => process.exit())
      stream.end('hello')
    },
    (error: Error) => {
      process.stdout.write(error.message)
      process.exit(1)
    },
  )
})

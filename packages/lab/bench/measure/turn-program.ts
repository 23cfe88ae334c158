/** The embedded TURN server as a program, so that it can have a core of its own. Prints its port, and ends with its input. */
import { startInfra } from '@p2pd/infra'

const turn = { users: { u: 'p' }, allowPrivatePeers: true, limits: { bytesPerSecond: 1e12 } }
const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0, turn })
console.log(/:(\d+)\?/.exec(infra.servers.turn[0]?.uri ?? '')?.[1])
process.stdin.resume().on('end', () => void infra.close().then(() => process.exit()))

// Starts the embedded servers on two loopback addresses and prints the servers file that nodes need.
import { startInfra } from '@p2pd/infra'

const infra = await startInfra({ hosts: ['127.0.0.1', '127.0.0.2'], mqttPort: 0, stunPort: 0 })
console.log(JSON.stringify(infra.servers, undefined, 2))
await infra.close()

import { connectMemory, MemoryBroker } from '@p2pd/signal-mqtt'
import { identityFromSeed, mqttConnector, openSignal } from '@p2pd/signal-mqtt/node'
import { randomBytes } from 'node:crypto'

// Brokers within the process, so that this runs offline; give URLs of real ones as arguments instead.
const simulated = new Map([
  ['mqtt://one.example', new MemoryBroker()],
  ['mqtt://two.example', new MemoryBroker()],
])
const urls = process.argv.slice(2)
const brokers = urls.length > 0 ? urls : [...simulated.keys()]
const connect = urls.length > 0 ? mqttConnector() : connectMemory(simulated)

const [alice, bob] = [identityFromSeed(randomBytes(32)), identityFromSeed(randomBytes(32))]
const alices = openSignal({ brokers, connect, identity: alice })
const bobs = openSignal({ brokers, connect, identity: bob })
await Promise.all([alices.ready(), bobs.ready()])

const arrived = new Promise<void>((resolve) => {
  bobs.onMessage((from, body) => {
    console.log(`${Buffer.from(from).toString('hex').slice(0, 8)} says: ${Buffer.from(body).toString()}`)
    resolve()
  })
})
await alices.send(bob.publicKey, Buffer.from('hello'))
await arrived

console.log(bobs.status().map(({ url, state }) => `${url} ${state}`))
await Promise.all([alices.close(), bobs.close()])

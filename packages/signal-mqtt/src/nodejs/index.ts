export { identityFromSeed, nodeCrypto } from './node-crypto.ts'
export { mqttConnector } from './mqtt-connector.ts'
export type { MqttOptions } from './broker-socket.ts'
export { openSignal, type OpenSignalOptions } from './open-signal.ts'

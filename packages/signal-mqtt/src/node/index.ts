export { identityFromSeed, nodeCrypto } from './node-crypto.ts'
export { type MqttOptions, mqttConnector } from './mqtt-broker.ts'
export { openSignal, type OpenSignalOptions } from './open-signal.ts'

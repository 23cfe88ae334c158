import type { Servers } from '../runtime/servers.ts'

/**
 * Public servers that anyone may use, for nodes that are given no others. The brokers take anonymous clients and
 * see topics and sizes only; STUN servers see a transport address.
 */
export const DEFAULT_SERVERS: Servers = {
  stun: ['stun:stun.cloudflare.com:3478', 'stun:stun.l.google.com:19302', 'stun:stun.nextcloud.com:3478'],
  turn: [],
  mqtt: ['mqtts://broker.emqx.io:8883', 'mqtts://broker.hivemq.com:8883', 'mqtts://test.mosquitto.org:8886'],
}

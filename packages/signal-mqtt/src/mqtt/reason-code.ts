/** The codes that mean failure, in the words of the standard. MQTT 5.0 §2.4. */
const REASONS: Readonly<Record<number, string>> = {
  0x80: 'Unspecified error',
  0x81: 'Malformed Packet',
  0x82: 'Protocol Error',
  0x83: 'Implementation specific error',
  0x84: 'Unsupported Protocol Version',
  0x85: 'Client Identifier not valid',
  0x86: 'Bad User Name or Password',
  0x87: 'Not authorized',
  0x88: 'Server unavailable',
  0x89: 'Server busy',
  0x8a: 'Banned',
  0x8b: 'Server shutting down',
  0x8c: 'Bad authentication method',
  0x8d: 'Keep Alive timeout',
  0x8e: 'Session taken over',
  0x8f: 'Topic Filter invalid',
  0x90: 'Topic Name invalid',
  0x91: 'Packet Identifier in use',
  0x93: 'Receive Maximum exceeded',
  0x94: 'Topic Alias invalid',
  0x95: 'Packet too large',
  0x96: 'Message rate too high',
  0x97: 'Quota exceeded',
  0x98: 'Administrative action',
  0x99: 'Payload format invalid',
  0x9a: 'Retain not supported',
  0x9b: 'QoS not supported',
  0x9c: 'Use another server',
  0x9d: 'Server moved',
  0x9f: 'Connection rate exceeded',
  0xa0: 'Maximum connect time',
}

/** The return codes of a refused CONNECT before MQTT 5. MQTT 3.1.1 §3.2.2.3. */
const RETURN_CODES: Readonly<Record<number, string>> = {
  1: 'Unacceptable protocol version',
  2: 'Identifier rejected',
  3: 'Server unavailable',
  4: 'Bad user name or password',
  5: 'Not authorized',
}

/** An acknowledgement with this code or a higher one refuses the request. MQTT 5.0 §2.4. */
export const FIRST_FAILURE = 0x80
/** Mosquitto refuses a message above its limit by this code, though MQTT 5.0 §3.4.2.1 does not list it for PUBACK. */
export const PACKET_TOO_LARGE = 0x95

/** Codes by which a broker refuses a protocol version. MQTT 3.1.1 §3.2.2.3, MQTT 5.0 §3.2.2.2. */
export const UNSUPPORTED_VERSION: readonly number[] = [0x01, 0x84]

/** The failure in words. */
export function reasonOf(code: number): string {
  return REASONS[code] ?? RETURN_CODES[code] ?? `reason code ${code}`
}

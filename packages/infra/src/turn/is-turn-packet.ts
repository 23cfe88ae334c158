import { Method } from '@p2pd/stun'
import { isChannelData } from '@p2pd/turn'

/** The class bits of a message type: a request has none of them. RFC 8489 §5. */
const CLASS_BITS = 0x0110

/** Whether a packet is for a TURN server: ChannelData, or a STUN message of another method than Binding. RFC 8656 §12. */
export function isTurnPacket(packet: Uint8Array): boolean {
  return (
    isChannelData(packet[0]) || (packet.length >= 20 && (typeOf(packet) & ~CLASS_BITS) !== Method.Binding)
  )
}

/** Whether a packet for a TURN server asks for a response. */
export function isTurnRequest(packet: Uint8Array): boolean {
  return !isChannelData(packet[0]) && (typeOf(packet) & CLASS_BITS) === 0
}

function typeOf([high = 0, low = 0]: Uint8Array): number {
  return (high << 8) | low
}

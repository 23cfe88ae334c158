import type { Dice } from '@p2pd/netif/testing'

/** Mutated messages that each fuzz test plays; `P2PD_FUZZ=1000000` plays a million, from another seed with `P2PD_FUZZ_SEED`. */
export const FUZZ_RUNS = Number(process.env['P2PD_FUZZ'] ?? 2000)
export const FUZZ_SEED = Number(process.env['P2PD_FUZZ_SEED'] ?? 1)

/** Lengths, numbers of channels and types at which decoders decide. */
const EDGES = [0x00, 0x01, 0x03, 0x04, 0x3f, 0x40, 0x4f, 0x7f, 0x80, 0xff]

/** Alters a message once to four times: bits, bytes, cuts, insertions, repetitions, the length field. */
export function mutate(sample: Uint8Array, dice: Dice): Uint8Array {
  const bytes = [...sample]
  for (let times = 1 + dice.below(4); times > 0; times--) {
    const at = dice.below(bytes.length + 1)
    const edge = dice.pick(EDGES) ?? 0
    switch (dice.below(6)) {
      case 0:
        bytes[Math.min(at, bytes.length)] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
        break
      case 1:
        bytes[Math.min(at, bytes.length)] = edge
        break
      case 2:
        bytes.length = at
        break
      case 3:
        bytes.splice(at, 0, ...Array.from({ length: 1 + dice.below(8) }, () => edge))
        break
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + dice.below(40)))
        break
      default:
        fixLength(bytes)
    }
  }
  return Uint8Array.from(bytes)
}

/** Makes the length field of a STUN message right again, so that its attributes are read. RFC 8489 §5. */
function fixLength(bytes: number[]): void {
  if (bytes.length < 20) return
  bytes.length -= bytes.length % 4
  const length = bytes.length - 20
  bytes[2] = (length >> 8) & 0xff
  bytes[3] = length & 0xff
}

/** Random bytes of up to `max`. */
export function randomBytesOf(dice: Dice, max: number): Uint8Array {
  return Uint8Array.from({ length: dice.below(max + 1) }, () => dice.below(256))
}

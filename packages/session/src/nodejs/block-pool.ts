import { MAX_TURN_BYTES } from '../path/turn-size.ts'

/** Holds what is sent at once: below this the allocator is quicker, above the longest block nothing is sent. */
const MIN_LENGTH = 16 * 1024
const SHORT_BLOCK = 65_536
const LONG_BLOCK = MAX_TURN_BYTES
/** Memory kept for later, 1 MiB of each length: as much as one busy session has under way on a short path. */
const MAX_KEPT = 2 ** 20

const short: ArrayBufferLike[] = []
const long: ArrayBufferLike[] = []
/** Blocks under way. Their length does not tell them from other memory: the pool that Node.js 24 shares has it too. */
const lent = new WeakSet<ArrayBufferLike>()

/** Memory with anything in it; large pieces come from blocks that were used before, and are warm in the cache. */
export function allocateBlock(length: number): Uint8Array {
  if (length < MIN_LENGTH || length > LONG_BLOCK) return Buffer.allocUnsafe(length)
  const isShort = length <= SHORT_BLOCK
  const kept = isShort ? short : long
  const block = kept.pop() ?? Buffer.allocUnsafeSlow(isShort ? SHORT_BLOCK : LONG_BLOCK).buffer
  lent.add(block)
  return Buffer.from(block, 0, length)
}

/** Takes memory back that nobody refers to; other memory than blocks is left alone. */
export function releaseBlock({ buffer }: Uint8Array): void {
  if (!lent.delete(buffer)) return
  const kept = buffer.byteLength === LONG_BLOCK ? long : short
  if ((kept.length + 1) * buffer.byteLength <= MAX_KEPT) kept.push(buffer)
}

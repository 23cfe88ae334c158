/** Holds what is sent at once: below this the allocator is quicker, above it nothing is sent. */
const MIN_LENGTH = 16 * 1024
const BLOCK_LENGTH = 65_536
/** Blocks of the process, 1 MiB: as many as one busy session has under way on a short path. */
const MAX_BLOCKS = 16

const blocks: ArrayBufferLike[] = []
/** Blocks under way. Their length does not tell them from other memory: the pool that Node.js 24 shares has it too. */
const lent = new WeakSet<ArrayBufferLike>()

/** Memory with anything in it; large pieces come from blocks that were used before, and are warm in the cache. */
export function allocateBlock(length: number): Uint8Array {
  if (length < MIN_LENGTH || length > BLOCK_LENGTH) return Buffer.allocUnsafe(length)
  const block = blocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_LENGTH).buffer
  lent.add(block)
  return Buffer.from(block, 0, length)
}

/** Takes memory back that nobody refers to; other memory than blocks is left alone. */
export function releaseBlock({ buffer }: Uint8Array): void {
  if (lent.delete(buffer) && blocks.length < MAX_BLOCKS) blocks.push(buffer)
}

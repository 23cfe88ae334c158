import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeEntries, type Entry } from '../manifest/entry.ts'

/** Manifests up to this stay in memory. */
const MEMORY_LENGTH = 2 ** 20

/** Blocks that stay decoded: files are read ahead of the reports about those before. */
const CACHED_BLOCKS = 4

/** Encoded entries that were added together. */
interface Block {
  readonly first: number
  readonly offset: number
  readonly length: number
}

/** The entries of one manifest, in a temporary file without a name when there are many. */
export class EntrySpool {
  readonly #blocks: Block[] = []
  #memory: Uint8Array[] = []
  #memoryFrom = 0
  #length = 0
  #count = 0
  #file: FileHandle | undefined
  /** The newest first. */
  #cached: readonly { readonly block: Block; readonly entries: readonly Entry[] }[] = []

  get count(): number {
    return this.#count
  }

  /** Adds `count` encoded entries. */
  async append(bytes: Uint8Array, count: number): Promise<void> {
    this.#blocks.push({ first: this.#count, offset: this.#length, length: bytes.length })
    this.#memory.push(bytes)
    this.#length += bytes.length
    this.#count += count
    if (this.#length - this.#memoryFrom > MEMORY_LENGTH) await this.#flush()
  }

  /** One entry. */
  async read(index: number): Promise<Entry> {
    const block = this.#blocks[this.#blockOf(index)]
    if (block === undefined) throw new RangeError(`entry ${index} of ${this.#count}`)
    const entry = (await this.#entriesOf(block))[index - block.first]
    if (entry === undefined) throw new RangeError(`entry ${index} of ${this.#count}`)
    return entry
  }

  /** All entries in order, with their indexes. */
  async *entries(): AsyncGenerator<readonly [index: number, entry: Entry]> {
    for (const block of this.#blocks) {
      const entries = decodeEntries(await this.#load(block))
      for (const [i, entry] of entries.entries()) yield [block.first + i, entry]
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #entriesOf(block: Block): Promise<readonly Entry[]> {
    const known = this.#cached.find((one) => one.block === block)
    if (known !== undefined) return known.entries
    const entries = decodeEntries(await this.#load(block))
    this.#cached = [{ block, entries }, ...this.#cached].slice(0, CACHED_BLOCKS)
    return entries
  }

  /** The last block that begins at `index` or before. */
  #blockOf(index: number): number {
    let [low, high] = [0, this.#blocks.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#blocks[middle]?.first ?? 0) <= index) low = middle
      else high = middle
    }
    return low
  }

  async #load({ offset, length }: Block): Promise<Uint8Array> {
    if (offset >= this.#memoryFrom) {
      const joined = this.#joined()
      return joined.subarray(offset - this.#memoryFrom, offset - this.#memoryFrom + length)
    }
    const bytes = Buffer.allocUnsafe(length)
    await this.#file?.read(bytes, 0, length, offset)
    return bytes
  }

  #joined(): Uint8Array {
    if (this.#memory.length > 1) this.#memory = [Buffer.concat(this.#memory)]
    return this.#memory[0] ?? new Uint8Array()
  }

  async #flush(): Promise<void> {
    this.#file ??= await openUnnamed()
    const bytes = this.#joined()
    await this.#file.write(bytes, 0, bytes.length, this.#memoryFrom)
    this.#memory = []
    this.#memoryFrom = this.#length
  }
}

/** A file that no other program finds, and that is gone when this one ends. */
async function openUnnamed(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-manifest-'))
  try {
    return await open(join(folder, 'entries'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true })
  }
}

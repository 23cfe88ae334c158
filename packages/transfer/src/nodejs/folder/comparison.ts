import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { equalBytes } from '@p2pd/netif'
import { CHUNK_LENGTH } from '../../frame/frame.ts'
import { chunkLength } from '../../manifest/entry.ts'
import { sha256 } from '../sha256.ts'

/** Compares a file that is there with the hashes of one that is announced. */
export class Comparison {
  readonly #handle: FileHandle
  readonly #size: number
  #isSame = true

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.#size = size
  }

  static async open(path: string, size: number): Promise<Comparison> {
    return new Comparison(await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)), size)
  }

  /** Whether every chunk so far was the same. */
  get isSame(): boolean {
    return this.#isSame
  }

  async add(number: number, hash: Uint8Array): Promise<void> {
    if (!this.#isSame) return
    const bytes = Buffer.allocUnsafe(chunkLength(this.#size, number))
    const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, number * CHUNK_LENGTH)
    this.#isSame = bytesRead === bytes.length && equalBytes(sha256(bytes), hash)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

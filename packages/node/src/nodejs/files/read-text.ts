import { readFile } from 'node:fs/promises'

/** Reads a text file that a person may have written with any editor or shell. Throws what `decodeTextFile` throws. */
export async function readText(file: string): Promise<string> {
  return decodeTextFile(await readFile(file))
}

/**
 * Decodes a text file: UTF-8, with a byte order mark or without, or UTF-16 with one, which Windows PowerShell writes. Throws
 * an `Error` that says what to do for everything else. Unicode 16.0 §23.8.
 */
export function decodeTextFile(bytes: Uint8Array): string {
  try {
    // A zero byte in UTF-8 is a character that no settings hold: the bytes are UTF-16 without a mark, or no text.
    const encoding = encodingOf(bytes)
    if (encoding === 'utf-8' && bytes.includes(0)) throw new TypeError('zero bytes')
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Error('it is not text in UTF-8: save it as UTF-8', { cause })
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

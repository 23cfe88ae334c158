import { SignalError } from '../signal-error.ts'

/** Smallest and largest padded size. An offer with its reports takes 1 to 4 KiB. */
const MIN_PADDED = 512
export const MAX_PADDED = 16_384

/** The sizes that a broker gets to see: powers of two. */
export function paddedLength(length: number): number {
  if (length > MAX_PADDED) {
    throw new SignalError(
      'SIGNAL_TOO_LARGE',
      `${length} bytes to send, ${MAX_PADDED} at most, headers included`,
    )
  }
  let padded = MIN_PADDED
  while (padded < length) padded *= 2
  return padded
}

/** Whether `paddedLength` ever returns this. */
export function isPaddedLength(length: number): boolean {
  return length >= MIN_PADDED && length <= MAX_PADDED && (length & (length - 1)) === 0
}

/** Whether everything from `offset` on is zero, as the sender of padding left it. */
export function isZeroFrom(bytes: Uint8Array, offset: number): boolean {
  return bytes.subarray(offset).every((byte) => byte === 0)
}

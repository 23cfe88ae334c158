// @ts-expect-error: the package ships no types; those that the tests use stand below
import untyped from 'stun'

/** A message of the `stun` package, version 2.1.0. */
export interface PackageMessage {
  readonly type: number
  readonly transactionId: Uint8Array
  addAttribute(type: number, ...values: unknown[]): unknown
  getAttribute(type: number): { readonly value: unknown } | undefined
  toBuffer(): Uint8Array
}

/** The `stun` package of npm: the implementation of others against which the tests hold this codec. */
export const stunPackage = untyped as {
  createMessage(type: number, transactionId: Buffer): PackageMessage
  decode(message: Buffer): PackageMessage
  validateFingerprint(message: PackageMessage): boolean
  validateMessageIntegrity(message: PackageMessage, password: string): boolean
}

/** A caller that wants to begin a session: the peer's public key is proved. */
export interface Applicant {
  readonly peer: Uint8Array
  /** The service that the caller asks for; empty for the raw pipe. */
  readonly service: string
}

/**
 * Decides whether a caller gets what it asks for, before any of its bytes reach the program. A refused caller does not
 * learn whether the service exists. While a promise is pending, the caller waits, and its bytes stay on the path.
 */
export type Admit = (applicant: Applicant) => boolean | Promise<boolean>

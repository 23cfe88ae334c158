/** A caller that wants to begin a session. Its public key is proved. */
export interface Applicant {
  /** The node id of the caller. */
  readonly peer: string
  /** The service that the caller asks for; empty for the raw pipe. */
  readonly service: string
}

/**
 * Decides whether a caller gets the service it asks for, before any of its bytes reach the program. It is asked for services
 * that this node does not have, too: a refused caller must not learn which there are. The caller waits while a promise is
 * pending, 60 s at most, for the raw pipe 2 s; `signal` aborts when it no longer waits.
 */
export type Admit = (applicant: Applicant, signal: AbortSignal) => boolean | Promise<boolean>

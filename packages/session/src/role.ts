/**
 * The caller of the session's first path is controlling. Both ends may move; when they chose different paths
 * the controlled end follows. RFC 8445 §6.1.1.
 */
export type Role = 'controlling' | 'controlled'

/** The pipe itself: a stream that both ends have from the start. */
export const PIPE_STREAM = 0

/** The first id of a stream that this role opens; each next is two more. */
export function firstStreamId(role: Role): number {
  return role === 'controlling' ? 2 : 1
}

/** Whether a stream is one that this role opens. */
export function isOpenedBy(role: Role, id: number): boolean {
  return id !== PIPE_STREAM && id % 2 === firstStreamId(role) % 2
}

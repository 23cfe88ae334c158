/** TLS, or the handshake without encryption, on a slow path. RFC 8446 §2. */
export const AUTHENTICATION_TIMEOUT_MS = 5000

/** Authentication, and as much for the caller's choice between its paths: a callee awaits the nomination as well. */
export const NOMINATION_TIMEOUT_MS = 2 * AUTHENTICATION_TIMEOUT_MS

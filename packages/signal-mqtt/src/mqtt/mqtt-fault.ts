/** The broker does not speak the version offered, as far as that can be known. */
export class VersionRefused extends Error {}

/**
 * The broker ended the connection without an answer to CONNECT. It may not know the version, or may not bear packets that come
 * before its answer.
 */
export class Unanswered extends VersionRefused {}

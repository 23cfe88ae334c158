/** P2PD's own prefix, and that of the paths of its newer versions. */
export const PREFIXES = ['/p2p', ''] as const

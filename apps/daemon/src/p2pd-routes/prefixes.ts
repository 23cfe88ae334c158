/** The prefix that P2PD documents, and that of newer versions. */
export const PREFIXES = ['/p2p', ''] as const

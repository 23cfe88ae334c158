/** The rules for a name that exists with another content. */
export const CONFLICT_RULES = ['ask', 'skip', 'rename', 'overwrite'] as const

/** One of them. */
export type ConflictRule = (typeof CONFLICT_RULES)[number]

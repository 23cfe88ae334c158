import { sides, type SideName } from './sides.ts'

/** Easy pairs keep a port for all; symmetric ones have a side that does not; the others need more than IPv4 and UDP. */
export type PairGroup = 'easy' | 'symmetric' | 'other'

/** A caller and a callee, each in a network. */
export interface Pair {
  readonly caller: SideName
  readonly callee: SideName
  readonly group: PairGroup
}

const pair = (group: PairGroup, caller: SideName, callee: SideName): Pair => ({ caller, callee, group })

/** The pairs in the order of the table. */
export const pairs: readonly Pair[] = [
  pair('easy', 'open', 'open'),
  pair('easy', 'home', 'home'),
  pair('easy', 'home-rst', 'home-rst'),
  pair('easy', 'full-cone', 'home'),
  pair('easy', 'home', 'full-cone'),
  pair('symmetric', 'counting', 'home'),
  pair('symmetric', 'home', 'counting'),
  pair('symmetric', 'counting', 'counting'),
  pair('symmetric', 'block', 'home'),
  pair('symmetric', 'home', 'block'),
  pair('symmetric', 'random', 'home'),
  pair('symmetric', 'home', 'random'),
  pair('symmetric', 'carrier', 'home'),
  pair('symmetric', 'home', 'carrier'),
  pair('symmetric', 'carrier', 'carrier'),
  pair('other', 'no-udp', 'home'),
  pair('other', 'home', 'no-udp'),
  pair('other', 'ipv6', 'ipv6'),
]

/** `home calls full cone`. */
export function titleOf({ caller, callee }: Pick<Pair, 'caller' | 'callee'>): string {
  return `${sides[caller].title} calls ${sides[callee].title}`
}

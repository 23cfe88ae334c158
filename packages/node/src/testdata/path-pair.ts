import { duplexPair } from 'node:stream'
import type { NominatedPath, Path } from '../pipes/path.ts'

/** The public keys of the two ends. */
export const [ALICE, BOB] = [new Uint8Array(32).fill(0xa), new Uint8Array(32).fill(0xb)]

let paths = 0

/** The two ends of a path in memory: Alice's, and Bob's. Each path exports keys of its own. */
export function pathPair(how: Partial<Path> = {}): readonly [Path, Path] {
  const [near, far] = duplexPair()
  const number = ++paths
  const shared = {
    strategy: 'direct',
    encrypted: true,
    exportKey: (label: string) => new TextEncoder().encode(`${label} ${number}`.padEnd(32)),
    ...how,
  } as const
  const [local, remote] = ['192.0.2.1', '192.0.2.2'].map((ip) => ({ ip, port: number })) as [
    Path['local'],
    Path['local'],
  ]
  return [
    { ...shared, stream: near, peer: BOB, local, remote },
    { ...shared, stream: far, peer: ALICE, local: remote, remote: local },
  ]
}

/** A path that its caller, Alice, has nominated for a session. */
export function nominated(path: Path, session: Partial<NominatedPath['nomination']>): NominatedPath {
  return { ...path, nomination: { connectionId: new Uint8Array(16), ...session } }
}

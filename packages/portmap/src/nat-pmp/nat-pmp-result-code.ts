/** Result codes of NAT-PMP. RFC 6886 §3.5. */
export const NatPmpResultCode = {
  Success: 0,
  UnsupportedVersion: 1,
  NotAuthorized: 2,
  NetworkFailure: 3,
  OutOfResources: 4,
  UnsupportedOpcode: 5,
} as const

/** The meaning of each result code, for people. RFC 6886 §3.5. */
const MEANINGS: Readonly<Record<number, string>> = {
  1: 'the gateway speaks another version',
  2: 'the gateway does not allow this host to map ports',
  3: 'the gateway has no working external network',
  4: 'the gateway has no more resources',
  5: 'the gateway does not map ports',
}

/** Names a result code for people. RFC 6886 §3.5. */
export function describeNatPmpResult(code: number): string {
  return MEANINGS[code] ?? `NAT-PMP result ${code}`
}

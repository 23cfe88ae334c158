/** Result codes of PCP. RFC 6887 §7.4. */
export const PcpResultCode = {
  Success: 0,
  UnsupportedVersion: 1,
  NotAuthorized: 2,
  MalformedRequest: 3,
  UnsupportedOpcode: 4,
  UnsupportedOption: 5,
  MalformedOption: 6,
  NetworkFailure: 7,
  NoResources: 8,
  UnsupportedProtocol: 9,
  UserExceededQuota: 10,
  CannotProvideExternal: 11,
  AddressMismatch: 12,
  ExcessiveRemotePeers: 13,
} as const

/** The meaning of each result code, for people. RFC 6887 §7.4. */
const MEANINGS: Readonly<Record<number, string>> = {
  1: 'the server speaks another version',
  2: 'the server does not allow this host to map ports, or the mapping belongs to another nonce',
  3: 'the server could not read the request',
  4: 'the server does not map ports',
  5: 'the server does not know an option',
  6: 'the server could not read an option',
  7: 'the server has no working external network',
  8: 'the server has no more resources',
  9: 'the server does not map this transport protocol',
  10: 'this host has used its quota of mappings',
  11: 'the server cannot provide the suggested external address',
  12: 'another NAT stands between this host and the server',
  13: 'the server cannot serve so many remote peers',
}

/** Names a result code for people. RFC 6887 §7.4. */
export function describePcpResult(code: number): string {
  return MEANINGS[code] ?? `PCP result ${code}`
}

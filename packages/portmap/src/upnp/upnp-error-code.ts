/** Error codes of UPnP actions. WANIPConnection:2 §2.3, WANIPv6FirewallControl:1 §2.4. */
export const UpnpErrorCode = {
  InvalidAction: 401,
  InvalidArgs: 402,
  ActionFailed: 501,
  ArgumentValueInvalid: 600,
  OptionalActionNotImplemented: 602,
  ActionNotAuthorized: 606,
  InboundPinholeNotAllowed: 703,
  NoSuchEntry: 704,
  SpecifiedArrayIndexInvalid: 713,
  NoSuchEntryInArray: 714,
  WildCardNotPermittedInSrcIp: 715,
  WildCardNotPermittedInExtPort: 716,
  ConflictInMappingEntry: 718,
  SamePortValuesRequired: 724,
  OnlyPermanentLeasesSupported: 725,
  RemoteHostOnlySupportsWildcard: 726,
  ExternalPortOnlySupportsWildcard: 727,
  NoPortMapsAvailable: 728,
  ConflictWithOtherMechanisms: 729,
  WildCardNotPermittedInIntPort: 732,
} as const

const MEANINGS: Readonly<Record<number, string>> = {
  401: 'the gateway does not know this action',
  402: 'the gateway does not accept an argument, or its table is full',
  501: 'the gateway failed: its table is full, or it has no public external address',
  600: 'the gateway does not accept a value, and does not say which',
  602: 'the gateway does not know this action',
  606: 'the gateway does not allow this host to change port mappings (a FritzBox has a switch for it on each device)',
  703: 'the gateway does not allow inbound pinholes',
  704: 'the gateway has no such pinhole',
  713: 'the gateway has no such entry',
  714: 'the gateway has no such entry',
  715: 'the gateway wants the remote host to be named',
  716: 'the gateway wants the external port to be named',
  718: 'another host, or another port, has this external port',
  724: 'the gateway wants external and internal port to be the same',
  725: 'the gateway only has mappings that do not end',
  726: 'the gateway wants no remote host',
  727: 'the gateway only maps every external port at once',
  728: 'the gateway has no free port',
  729: 'a rule of the administrator has this external port',
  732: 'the gateway wants the internal port to be named',
}

/** Names an error code for people. WANIPConnection:2 §2.3. */
export function describeUpnpError(code: number): string {
  return MEANINGS[code] ?? `UPnP error ${code}`
}

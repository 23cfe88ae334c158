import { UpnpErrorCode } from './upnp-error-code.ts'

/** The request that a gateway has refused. */
export interface MappingTry {
  readonly action: 'AddAnyPortMapping' | 'AddPortMapping'
  readonly leaseSeconds: number
  readonly samePort: boolean
  /** External ports that were tried before this one. */
  readonly otherPorts: number
}

/** The next thing to do. */
export type NextTry =
  | 'add-port-mapping'
  | 'permanent-lease'
  | 'same-port'
  | 'ask-owner'
  | 'other-port'
  | 'stop'

/** External ports that are tried when others have them. */
const MAX_OTHER_PORTS = 10

/** Decides what follows a UPnP error; undefined stands for a failure without a code. WANIPConnection:2 §2.5. */
export function afterError(code: number | undefined, tried: MappingTry): NextTry {
  if (tried.action === 'AddAnyPortMapping' && isUnknownAction(code)) return 'add-port-mapping'
  switch (code) {
    case UpnpErrorCode.InvalidArgs:
      if (tried.leaseSeconds !== 0) return 'permanent-lease'
      // A full table says so too: a mapping that a crash has left makes room.
      return tried.otherPorts < 1 ? 'ask-owner' : 'stop'
    case UpnpErrorCode.OnlyPermanentLeasesSupported:
      return tried.leaseSeconds === 0 ? 'stop' : 'permanent-lease'
    case UpnpErrorCode.SamePortValuesRequired:
      return tried.samePort ? 'stop' : 'same-port'
    case UpnpErrorCode.ConflictInMappingEntry:
      return tried.otherPorts < MAX_OTHER_PORTS ? 'ask-owner' : 'stop'
    case UpnpErrorCode.NoPortMapsAvailable:
    case UpnpErrorCode.ConflictWithOtherMechanisms:
      return tried.otherPorts < MAX_OTHER_PORTS ? 'other-port' : 'stop'
    case UpnpErrorCode.ActionFailed:
      // A full table, or no public address: one other port tells whether it was the port.
      return tried.otherPorts < 1 ? 'other-port' : 'stop'
    default:
      return 'stop'
  }
}

function isUnknownAction(code: number | undefined): boolean {
  return code === UpnpErrorCode.InvalidAction || code === UpnpErrorCode.OptionalActionNotImplemented
}

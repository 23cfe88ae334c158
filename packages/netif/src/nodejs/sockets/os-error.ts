import { NetifError, type NetifErrorCode } from '../../netif-error.ts'
import { systemReason } from '../../system-reason.ts'

/**
 * The meaning of the codes of the operating system and of Node. One table serves every system, because libuv gives
 * Windows' errors the same names. POSIX.1-2017 errno, RFC 3493 §6.1 (EAI).
 */
const MEANING: Readonly<Record<string, NetifErrorCode>> = {
  // Another socket has the port, or a closed connection still holds the pair of addresses.
  EADDRINUSE: 'NETIF_ADDRESS_IN_USE',
  // No NIC has the address (yet); a dial also gets it when no free source port is left.
  EADDRNOTAVAIL: 'NETIF_ADDRESS_NOT_AVAILABLE',
  // The kernel was started without this family.
  EAFNOSUPPORT: 'NETIF_ADDRESS_NOT_AVAILABLE',
  EPROTONOSUPPORT: 'NETIF_ADDRESS_NOT_AVAILABLE',
  // Link-local without a zone, or source and destination of different families.
  EINVAL: 'NETIF_INVALID_ARGUMENT',
  // A RST in answer to a SYN, or an ICMP port unreachable.
  ECONNREFUSED: 'NETIF_REFUSED',
  // A RST on an established connection; writing after it; a RST before accept.
  ECONNRESET: 'NETIF_RESET',
  EPIPE: 'NETIF_RESET',
  ECONNABORTED: 'NETIF_RESET',
  // The kernel gave up: SYNs unanswered, data unacknowledged, keep-alives lost.
  ETIMEDOUT: 'NETIF_TIMEOUT',
  // No route, an ICMP unreachable, or a neighbour that does not answer ARP.
  EHOSTUNREACH: 'NETIF_UNREACHABLE',
  ENETUNREACH: 'NETIF_UNREACHABLE',
  ENETDOWN: 'NETIF_UNREACHABLE',
  EHOSTDOWN: 'NETIF_UNREACHABLE',
  // A port below 1024, a broadcast address, or a local firewall's rule.
  EACCES: 'NETIF_PERMISSION',
  EPERM: 'NETIF_PERMISSION',
  // The NIC of a zone or of a file under /sys is gone.
  ENODEV: 'NETIF_NOT_FOUND',
  ENXIO: 'NETIF_NOT_FOUND',
  // Resolvers: no such name, no address of the family, no answer, a broken answer.
  ENOTFOUND: 'NETIF_RESOLVE',
  ENODATA: 'NETIF_RESOLVE',
  ESERVFAIL: 'NETIF_RESOLVE',
  EAI_AGAIN: 'NETIF_RESOLVE',
  EAI_FAIL: 'NETIF_RESOLVE',
  EAI_NODATA: 'NETIF_RESOLVE',
  EAI_NONAME: 'NETIF_RESOLVE',
  EAI_ADDRFAMILY: 'NETIF_RESOLVE',
  // Closed on our side, seen by a call that came after.
  EBADF: 'NETIF_CLOSED',
  ERR_SOCKET_DGRAM_NOT_RUNNING: 'NETIF_CLOSED',
  ERR_SERVER_NOT_RUNNING: 'NETIF_CLOSED',
  ERR_SOCKET_CLOSED: 'NETIF_CLOSED',
  ERR_STREAM_DESTROYED: 'NETIF_CLOSED',
  // Node's own check of arguments.
  ERR_SOCKET_BAD_PORT: 'NETIF_INVALID_ARGUMENT',
  ERR_INVALID_ARG_TYPE: 'NETIF_INVALID_ARGUMENT',
  ERR_INVALID_ARG_VALUE: 'NETIF_INVALID_ARGUMENT',
  ERR_INVALID_IP_ADDRESS: 'NETIF_INVALID_ARGUMENT',
}

/**
 * Translates what Node throws or emits; `doing` says what was tried, with the address in it:
 * `listen on 127.0.0.1:80`. A code that the table lacks (no buffers, no descriptors left) is `NETIF_SYSTEM`.
 */
export function translateOsError(error: unknown, doing: string): NetifError {
  if (error instanceof NetifError) return error
  const code = MEANING[codeOf(error) ?? ''] ?? 'NETIF_SYSTEM'
  return new NetifError(code, `cannot ${doing}: ${systemReason(error)}`, { cause: error })
}

/** The code of the system: Node keeps that of some calls, such as the list of NICs, in `info`. */
function codeOf(error: unknown): string | undefined {
  const { code, info } = error as Partial<NodeJS.ErrnoException> & {
    readonly info?: { readonly code?: string }
  }
  return code === 'ERR_SYSTEM_ERROR' ? (info?.code ?? code) : code
}

/** No descriptors, buffers, processes or memory left. */
const EXHAUSTED = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN']

/**
 * Whether a failure says that this process or the machine has used something up, or that a program took too long. The same
 * question may be answered a moment later, so that an earlier answer is still the best. POSIX.1-2017 errno.
 */
export function isExhaustion(error: unknown): boolean {
  const { cause = error } = (error ?? {}) as { readonly cause?: unknown }
  const { killed = false } = (cause ?? {}) as { readonly killed?: boolean }
  return killed || EXHAUSTED.includes(codeOf(cause ?? {}) ?? '')
}

/** The codes of the operating system that people meet, in words. libuv gives Windows' errors the same names. POSIX.1-2017 errno. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine does not have the address, or no free port',
  EAFNOSUPPORT: 'this machine does not have this address family',
  EAGAIN: 'the system is out of resources for now',
  EAI_AGAIN: 'the name server did not answer',
  EBUSY: 'it is in use',
  ECONNABORTED: 'the connection was aborted',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EDQUOT: 'the quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'the file is too large',
  EHOSTDOWN: 'the host is down',
  EHOSTUNREACH: 'no route to the host',
  EIO: 'the device failed',
  EISDIR: 'it is a folder',
  ELOOP: 'too many links lead to one another',
  EMFILE: 'the process has too many files and sockets open',
  ENAMETOOLONG: 'the name is too long',
  ENETDOWN: 'the network is down',
  ENETUNREACH: 'no route to the network',
  ENFILE: 'the system has too many files and sockets open',
  ENOBUFS: 'the system has no buffers left',
  ENODATA: 'the name has no such record',
  ENODEV: 'there is no such device',
  ENOENT: 'it does not exist',
  ENOMEM: 'no memory is left',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  ENOTFOUND: 'the name does not exist',
  EPERM: 'not permitted',
  EPIPE: 'the reader has gone',
  EROFS: 'the file system is read-only',
  ESERVFAIL: 'the name server failed',
  ETIMEDOUT: 'no answer in time',
}

/**
 * Why a call of the system failed, in words that follow a name and a colon. People who read `ENOENT` have to look it up. An
 * error without a known code keeps its own message.
 */
export function systemReason(error: unknown): string {
  const { code, info, message } = (error ?? {}) as Partial<NodeError>
  // Node.js keeps the code of some calls, such as the list of NICs, in `info`.
  const words = WORDS[(code === 'ERR_SYSTEM_ERROR' ? info?.code : code) ?? '']
  return words ?? message ?? String(error)
}

/** The fields of an error of Node.js. */
interface NodeError {
  readonly code: string
  readonly message: string
  readonly info: { readonly code?: string }
}

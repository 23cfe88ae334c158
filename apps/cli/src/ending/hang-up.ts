/**
 * Whether SIGHUP asks a running command to read its settings again. On Windows libuv sends it when the console is closed.
 * Windows ends the process some seconds later, so there it is the last chance to close.
 */
export function isReloadOnHangUp(platform: NodeJS.Platform = process.platform): boolean {
  return platform !== 'win32'
}

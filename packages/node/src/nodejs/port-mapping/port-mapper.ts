import type { Log, NodePortMapper } from '../../runtime/runtime.ts'

/** Opens a port mapper on this machine; in `folder` its mappings are found again after a crash. */
export async function openSystemPortMapper(
  folder: string | undefined,
  log: Log | undefined,
): Promise<NodePortMapper> {
  // Loaded when there is a gateway to ask: a node on a plain network starts without it.
  const [{ openPortMapper }, { systemPorts }, { leaseFiles }] = await Promise.all([
    import('@p2pd/portmap'),
    import('@p2pd/portmap/node'),
    import('./lease-files.ts'),
  ])
  return openPortMapper(systemPorts, {
    ...(folder !== undefined && { store: leaseFiles(folder) }),
    ...(log && { log }),
  })
}

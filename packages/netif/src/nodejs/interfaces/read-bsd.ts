import { bsdInterfaces } from '../../bsd/bsd-interfaces.ts'
import type { Interface } from '../../interfaces/interface.ts'
import { defaultSources } from './default-sources.ts'
import { runProgram } from './run-program.ts'

/** Asks the tools of FreeBSD, OpenBSD or NetBSD, by their full paths: all three have the same two. */
export async function readBsd(): Promise<Interface[]> {
  const netstat = (family: string) => runProgram('/usr/bin/netstat', ['-rn', '-f', family])
  const [ifconfig, routes, routes6, sources] = await Promise.all([
    runProgram('/sbin/ifconfig', ['-a']),
    netstat('inet'),
    // A kernel without IPv6 has no such table.
    netstat('inet6').catch(() => ''),
    defaultSources(),
  ])
  return bsdInterfaces({ ifconfig, routes: `${routes}\n${routes6}`, defaultSources: sources })
}

import type { Interface } from '../../interfaces/interface.ts'
import { macosInterfaces } from '../../macos/macos-interfaces.ts'
import { defaultSources } from './default-sources.ts'
import { runProgram } from './run-program.ts'

/** Asks a Mac's own tools, by their full paths: `PATH` may lead to GNU's `netstat`. */
export async function readMacos(): Promise<Interface[]> {
  const [ifconfig, routes, links, hardwarePorts, sources] = await Promise.all([
    runProgram('/sbin/ifconfig', ['-a']),
    runProgram('/usr/sbin/netstat', ['-rn']),
    runProgram('/usr/sbin/netstat', ['-in']),
    // Only for the names people know: a system without it is listed as well.
    runProgram('/usr/sbin/networksetup', ['-listallhardwareports']).catch(() => ''),
    defaultSources(),
  ])
  return macosInterfaces({ ifconfig, routes, links, hardwarePorts, defaultSources: sources })
}

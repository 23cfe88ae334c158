/**
 * The time to map a port with a fresh mapper, as a ratio to one bare exchange of the same protocol in the same process.
 * The gateways are miniupnpd in a namespace, and one that plays a script behind a link. The programs run as they are
 * published: bundled, without the loader of the sources.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { RealGateway, whyNoRealGateway } from '../test/real-gateway.ts'

const PROTOCOLS = ['pcp', 'nat-pmp', 'upnp-igd2'] as const
type Protocol = (typeof PROTOCOLS)[number]
const run = promisify(execFile)

async function compile(folder: string): Promise<void> {
  await build({
    entryPoints: ['map-rounds', 'distant-gateway'].map((name) =>
      join(import.meta.dirname, `measure/${name}.ts`),
    ),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['@p2pd/source'],
    banner: {
      js: "import { createRequire as make } from 'node:module'; const require = make(import.meta.url)",
    },
    logLevel: 'warning',
  })
}

/** Not synchronously: the gateway's log must be read meanwhile, or the gateway stands still. */
async function measure(gateway: RealGateway, folder: string, protocol: Protocol): Promise<string> {
  const program = [process.execPath, join(folder, 'map-rounds.mjs'), protocol]
  return (await run('ip', ['netns', 'exec', gateway.namespace('client'), ...program])).stdout
}

/** Logs to a serial console make miniupnpd about as slow as a small router. */
async function atMiniupnpd(folder: string, protocol: Protocol, logsToConsole: boolean): Promise<string> {
  const isUpnp = protocol === 'upnp-igd2'
  const gateway = await RealGateway.make({ logsToConsole })
  try {
    const drops = protocol === 'nat-pmp' ? 'pcp' : 'none'
    await gateway.startAnew({ upnp: isUpnp, natPmp: !isUpnp, drops })
    return await measure(gateway, folder, protocol)
  } finally {
    await gateway.close()
  }
}

async function behindLink(folder: string, protocol: Protocol): Promise<string> {
  const gateway = await RealGateway.make()
  try {
    const program = [process.execPath, join(folder, 'distant-gateway.mjs'), protocol]
    const scripted = gateway.spawn('gateway', program)
    if (scripted.stdout === null) throw new Error('no standard output')
    await once(scripted.stdout, 'data')
    return await measure(gateway, folder, protocol)
  } finally {
    await gateway.close()
  }
}

const reason = whyNoRealGateway()
if (reason !== undefined) console.log(`skipped: ${reason}`)
else {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-bench-portmap-'))
  try {
    await compile(folder)
    for (const protocol of PROTOCOLS) {
      process.stdout.write(`miniupnpd beside it, ${await atMiniupnpd(folder, protocol, false)}`)
      process.stdout.write(`miniupnpd that logs to a console, ${await atMiniupnpd(folder, protocol, true)}`)
      if (protocol === 'upnp-igd2') continue
      process.stdout.write(`a gateway behind a link of 1 ms, ${await behindLink(folder, protocol)}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

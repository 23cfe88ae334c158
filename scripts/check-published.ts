/**
 * `pnpm check:published [NAME...]`: packs the packages, installs each into an empty folder with plain npm,
 * and tries there what its users would.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkTarball, unbuiltEntries } from './published/check-tarball.ts'
import { installConsumer, type Supply, supplyOfTarballs } from './published/consumer.ts'
import { tryHomeCall } from './published/home-call.ts'
import { nodeVersions } from './published/node-versions.ts'
import { packAll, type Tarball } from './published/tarballs.ts'
import { checkExampleTypes, runTrial, trialsOf } from './published/try-package.ts'
import { overweight, weigh } from './published/weight.ts'
import { formatSeconds } from './setup/progress.mjs'
import { CommandError, endCommandsOnSignal } from './setup/run-command.mjs'

/** npm waits for the disk and the network half of the time: two at once, on two cores. */
const atOnce = 2

/** Everything that is wrong with one package. */
async function checkPackage(tarball: Tarball, supply: Supply, folder: string): Promise<string[]> {
  const missing = unbuiltEntries(tarball)
  if (missing.length > 0) return missing.map((path) => `${path} is not there: build first (pnpm build)`)
  const built = await checkTarball(tarball)
  const consumer = await installConsumer(tarball, supply, folder)
  const weight = tarball.name === 'p2pd' ? overweight(weigh(consumer.folder)) : []
  const call = tarball.name === 'p2pd' ? await tryHomeCall(consumer.folder) : []
  const findings = [...built, ...weight, ...call, ...(await checkExampleTypes(consumer))]
  for (const node of nodeVersions()) {
    for (const trial of trialsOf(tarball.manifest, consumer, node)) {
      findings.push(...(await runTrial(trial, consumer, node)))
    }
  }
  return findings
}

async function report(tarball: Tarball, supply: Supply, folder: string): Promise<boolean> {
  const start = performance.now()
  const findings = await checkPackage(tarball, supply, folder).catch((error: unknown) => {
    if (error instanceof CommandError) return [`npm install: ${error.message}\n${error.output}`]
    throw error
  })
  for (const finding of findings) console.log(`${tarball.name}: ${finding}`)
  const word = findings.length === 0 ? 'passed' : 'FAILED'
  console.log(`${tarball.name.padEnd(18)} ${word} ${formatSeconds(performance.now() - start)}`)
  return findings.length === 0
}

async function main(names: readonly string[]): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'p2pd-published-'))
  process.once('exit', () => rmSync(work, { recursive: true, force: true }))
  const tarballs = await packAll(join(work, 'tarballs'))
  const isWanted = ({ name }: Tarball) => names.length === 0 || names.includes(name.replace('@p2pd/', ''))
  const wanted = tarballs.filter(isWanted)
  if (wanted.length === 0) throw new Error(`no package is called ${names.join(' or ')}`)
  console.log(
    `trying ${wanted.length} packages on ${nodeVersions()
      .map(({ title }) => title)
      .join(' and ')}`,
  )

  const supply = supplyOfTarballs(tarballs)
  const queue = wanted.map((tarball, index) => ({ tarball, folder: join(work, `consumer-${index}`) }))
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (!(await report(next.tarball, supply, next.folder))) process.exitCode = 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

endCommandsOnSignal()
await main(process.argv.slice(2))

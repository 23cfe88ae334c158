/** Why: tests use others' servers and tools, which must not start as services. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { lastLines, runCommand } from './run-command.mjs'

/**
 * The Debian packages that the tests use. `service` is the system service that the package would start by
 * itself. It stays off: tests run their own instances on free ports.
 *
 * @type {readonly { name: string, usedFor: string, service?: string }[]}
 */
export const debianPackages = [
  { name: 'chromium', usedFor: "the daemon's page, and attacks on the daemon from web pages" },
  { name: 'coturn', usedFor: "STUN and TURN tests against others' programs", service: 'coturn' },
  { name: 'git', usedFor: 'a clone over a forwarded port' },
  { name: 'iproute2', usedFor: 'the kernel lab' },
  { name: 'miniupnpc', usedFor: 'port mappings as another client sees them' },
  // The daemon alone: `miniupnpd` would bring a service with it.
  { name: 'miniupnpd-nftables', usedFor: 'port mappings by a real gateway' },
  { name: 'mosquitto', usedFor: 'signalling tests with MQTT 5', service: 'mosquitto' },
  { name: 'natpmpc', usedFor: 'NAT-PMP as another client sees it' },
  { name: 'nats-server', usedFor: 'signalling tests with a cluster', service: 'nats-server' },
  { name: 'nftables', usedFor: "the kernel lab's real router" },
  { name: 'openssh-client', usedFor: 'ssh over a forwarded port' },
  { name: 'openssh-server', usedFor: 'ssh over a forwarded port', service: 'ssh' },
  { name: 'openssl', usedFor: 'tests of the certificates that nodes write' },
  { name: 'rsync', usedFor: 'a copy over a forwarded port' },
  { name: 'socat', usedFor: 'the kernel lab' },
  { name: 'stun-client', usedFor: 'STUN tests with an RFC 3489 client' },
  { name: 'tshark', usedFor: 'the test that nothing travels in the clear' },
]

/** Services of packages that are being installed ask this program whether they may start. */
const policyFile = '/usr/sbin/policy-rc.d'

/** An index and 60 MB of packages on a slow line. */
const timeoutMs = 10 * 60_000

/** Another apt may be at work, on a machine that has just started for instance. */
const aptOptions = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']

/**
 * The packages of `wanted` that dpkg does not list as installed.
 *
 * @param {readonly string[]} wanted
 * @param {string} listing lines of `name status`
 */
export function missingPackages(wanted, listing) {
  const installed = new Set(
    listing
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return wanted.filter((name) => !installed.has(name))
}

/** The state of the packages by dpkg; an unknown name is not an error here. */
function dpkgListing() {
  const format = '--showformat=${Package} ${db:Status-Status}\n'
  const names = debianPackages.map(({ name }) => name)
  try {
    return execFileSync('dpkg-query', ['--show', format, ...names], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    return String(/** @type {{ stdout?: string }} */ (error).stdout ?? '')
  }
}

/**
 * Installs the missing Debian packages.
 *
 * @returns {Promise<{ skipped?: string }>} why it was left out, when it was
 */
export async function installDebianPackages() {
  if (!existsSync('/etc/debian_version'))
    return { skipped: 'not Debian: tests that need its programs are skipped' }
  const missing = missingPackages(
    debianPackages.map(({ name }) => name),
    dpkgListing(),
  )
  if (missing.length === 0) return {}
  const names = missing.join(' ')
  if (process.getuid?.() !== 0)
    return { skipped: `not root; missing: ${names} (sudo apt-get install ${names})` }
  try {
    await withoutServices(missing, () => aptInstall(missing))
    return {}
  } catch (error) {
    const { message, output = '' } = /** @type {Error & { output?: string }} */ (error)
    return { skipped: `apt-get install ${names}: ${message}\n${lastLines(output, 3)}` }
  }
}

/**
 * Installs from the package index at hand; fetches the index when that does not do.
 *
 * @param {readonly string[]} names
 */
async function aptInstall(names) {
  const options = { timeoutMs, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  const install = () => runCommand('apt-get', ['install', ...aptOptions, ...names], options)
  try {
    await install()
  } catch {
    // Most often the index is missing or out of date. If not, the second attempt says what is wrong.
    await runCommand('apt-get', ['update', '-q'], options)
    await install()
  }
}

/**
 * Keeps the packages' services from starting, now and at the next boot.
 *
 * @param {readonly string[]} names
 * @param {() => Promise<void>} work
 */
async function withoutServices(names, work) {
  const removePolicy = () => rmSync(policyFile, { force: true })
  const ours = !existsSync(policyFile)
  if (ours) {
    process.once('exit', removePolicy)
    writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  }
  try {
    await work()
  } finally {
    if (ours) removePolicy()
  }
  const services = debianPackages.flatMap(({ name, service }) =>
    service && names.includes(name) ? [service] : [],
  )
  if (services.length === 0 || !existsSync('/usr/bin/systemctl')) return
  // Where there is no systemd to tell, nothing starts at the next boot either.
  await runCommand('systemctl', ['disable', ...services]).catch(() => '')
}

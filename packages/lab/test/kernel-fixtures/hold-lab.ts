/**
 * A program that brings a lab up, starts something on a host that outlives its parent, says so and waits. It is
 * ended from outside; on `close` it closes the lab itself.
 */
import { KernelInternet } from '../../src/kernel/kernel-internet.ts'

async function main(): Promise<void> {
  const net = await KernelInternet.create({ scenario: { hosts: [{ name: 'alice' }, { name: 'bob' }] } })
  const daemon = 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'
  const { stdout } = await net.host('alice').exec('sh', ['-c', daemon])
  net.host('bob').spawn('sleep', ['1000'], { stdio: 'ignore' })
  const ping = await net.host('alice').exec('sh', ['-c', 'ip -br address show eth0'])
  process.stdout.write(`${JSON.stringify({ daemon: Number(stdout), address: ping.stdout.trim() })}\n`)
  process.stdin.once('data', () => void net.close().then(() => process.exit()))
}

void main()

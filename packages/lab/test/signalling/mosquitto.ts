import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KernelHost } from '@p2pd/lab'

/** Starts Debian's Mosquitto with its defaults, and a listener for other hosts; returns its URL. */
export async function startMosquitto(host: KernelHost, folder: string): Promise<string> {
  const file = join(folder, 'mosquitto.conf')
  await writeFile(file, 'listener 1883 0.0.0.0\nallow_anonymous true\n')
  const broker = host.spawn('mosquitto', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  while (!said.includes('running')) {
    const [text] = (await once(broker.stderr as NodeJS.EventEmitter, 'data')) as [Buffer]
    said += text.toString()
  }
  broker.stderr?.resume()
  return `mqtt://${host.ip}:1883`
}

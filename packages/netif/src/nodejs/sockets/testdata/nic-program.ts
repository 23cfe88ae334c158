// A program for one network namespace. It takes a JSON array a line (command and arguments) and prints a line
// of JSON for each thing that happened.
import { createInterface } from 'node:readline'
import { loadInterfaces, systemNetwork, watchSystemInterfaces } from '@p2pd/netif/node'

const print = (value: unknown) => console.log(JSON.stringify(value))

/** Answers every datagram and connection on all addresses with its own name. */
async function serve(name = ''): Promise<void> {
  const answer = new TextEncoder().encode(name)
  for (const ip of ['0.0.0.0', '::']) {
    const local = { ip, port: 4000 }
    const udp = await systemNetwork.bindUdp({ local })
    udp.onMessage((_, from) => udp.send(answer, from))
    const tcp = await systemNetwork.listenTcp({ local })
    tcp.onConnection(({ stream }) => stream.end(answer).resume())
  }
  print('ready')
}

/** Asks a far host over UDP or TCP, from a NIC (`-`: any), and prints who answered and from where it was asked. */
async function ask(protocol = '', ip = '', nic = '-', source?: string): Promise<void> {
  const remote = { ip, port: 4000 }
  const local = { ip: source ?? (ip.includes(':') ? '::' : '0.0.0.0'), port: 0 }
  const bound = { local, ...(nic !== '-' && { interfaceName: nic }) }
  const [answer, from] = protocol === 'tcp' ? await askTcp(remote, bound) : await askUdp(remote, bound)
  print({ answer, from })
}

async function askTcp(remote: { ip: string; port: number }, bound: object): Promise<[string, string]> {
  const { stream, local } = await systemNetwork.dial({ remote, ...bound })
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk as Uint8Array)
  return [Buffer.concat(chunks).toString(), local.ip]
}

async function askUdp(
  remote: { ip: string; port: number },
  bound: { local: { ip: string; port: number } },
): Promise<[string, string]> {
  const socket = await systemNetwork.bindUdp(bound)
  const answer = new Promise<string>((resolve) => socket.onMessage((data) => resolve(Buffer.from(data).toString())))
  socket.send(new Uint8Array(1), remote)
  const text = await answer
  socket.close()
  return [text, socket.local.ip]
}

async function watch(): Promise<void> {
  const watcher = await watchSystemInterfaces((changes) => changes.forEach(print))
  print('watching')
  process.stdin.once('end', () => watcher.close())
}

const commands: Readonly<Record<string, (...args: string[]) => Promise<void>>> = {
  serve,
  ask,
  watch,
  list: async () => print(await loadInterfaces()),
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', ...args] = JSON.parse(line) as string[]
  await commands[command]?.(...args)
}
process.exit() // the servers would keep it alive

/** The least that each protocol needs for a mapping, on `node:dgram` and `node:http` alone. */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { request } from 'node:http'

/** Sends packets and resolves with the first answer that fits, and the time from the call. */
function exchange(
  localIp: string,
  packets: readonly Buffer[],
  to: { ip: string; port: number },
): Promise<Buffer> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('message', (answer) => {
      socket.close()
      resolve(answer)
    })
    socket.bind(0, localIp, () => {
      for (const packet of packets) socket.send(packet, to.port, to.ip)
    })
  })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function check(answer: Buffer, resultCode: number | undefined, fits: boolean): Buffer {
  if (resultCode === 0 && fits) return answer
  throw new Error(`result code ${resultCode}, ${answer.length} bytes`)
}

const mappedAddress = (ip: string) =>
  Buffer.from([...Array<number>(10).fill(0), 255, 255, ...ip.split('.').map(Number)])

/** One MAP request and its answer, written, sent and read. RFC 6887 §11. */
export async function barePcp(client: string, gateway: string, port: number): Promise<number> {
  const server = { ip: gateway, port: 5351 }
  const packet = Buffer.alloc(60)
  const elapsed = await timed(async () => {
    packet.set([2, 1])
    packet.writeUInt32BE(3600, 4)
    mappedAddress(client).copy(packet, 8)
    randomBytes(12).copy(packet, 24)
    packet[36] = 17
    packet.writeUInt16BE(port, 40)
    packet.writeUInt16BE(port, 42)
    mappedAddress('0.0.0.0').copy(packet, 44)
    const answer = await exchange(client, [packet], server)
    check(answer, answer[3], packet.subarray(24, 36).equals(answer.subarray(24, 36)))
    return {
      ip: answer.subarray(56, 60).join('.'),
      port: answer.readUInt16BE(42),
      lifetimeSeconds: answer.readUInt32BE(4),
    }
  })
  packet.writeUInt32BE(0, 4)
  await exchange(client, [packet], server)
  return elapsed
}

/** The external address, then a mapping. RFC 6886 §3.2, §3.3. */
export async function bareNatPmp(client: string, gateway: string, port: number): Promise<number> {
  const server = { ip: gateway, port: 5351 }
  const map = Buffer.alloc(12)
  const elapsed = await timed(async () => {
    const address = await exchange(client, [Buffer.from([0, 0])], server)
    check(address, address.readUInt16BE(2), address[1] === 128)
    map[1] = 1
    map.writeUInt16BE(port, 4)
    map.writeUInt16BE(port, 6)
    map.writeUInt32BE(3600, 8)
    const answer = await exchange(client, [map], server)
    check(answer, answer.readUInt16BE(2), answer[1] === 129 && answer.readUInt16BE(8) === port)
    return {
      ip: address.subarray(8, 12).join('.'),
      port: answer.readUInt16BE(10),
      lifetimeSeconds: answer.readUInt32BE(12),
    }
  })
  map.writeUInt16BE(0, 6)
  map.writeUInt32BE(0, 8)
  await exchange(client, [map], server)
  return elapsed
}

/** The steps of upnpc: search, description, mapping, external address, the entry read back. */
export async function bareUpnp(client: string, gateway: string, port: number): Promise<number> {
  const search = Buffer.from(
    `M-SEARCH * HTTP/1.1\r\nHOST: ${gateway}:1900\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n`,
  )
  const key = `<NewRemoteHost></NewRemoteHost><NewExternalPort>${port}</NewExternalPort><NewProtocol>UDP</NewProtocol>`
  const elapsed = await timed(async () => {
    const answer = await exchange(client, [search], { ip: gateway, port: 1900 })
    const url = new URL(/^LOCATION: *(\S+)/im.exec(answer.toString())?.[1] ?? '')
    await http(url, client)
    const control = new URL('/ctl/IPConn', url)
    await soap(
      control,
      client,
      'AddPortMapping',
      `${key}<NewInternalPort>${port}</NewInternalPort><NewInternalClient>${client}</NewInternalClient><NewEnabled>1</NewEnabled><NewPortMappingDescription>x</NewPortMappingDescription><NewLeaseDuration>3600</NewLeaseDuration>`,
    )
    await soap(control, client, 'GetExternalIPAddress', '')
    await soap(control, client, 'GetSpecificPortMappingEntry', key)
  })
  await soap(new URL(`http://${gateway}:5000/ctl/IPConn`), client, 'DeletePortMapping', key)
  return elapsed
}

function soap(url: URL, client: string, action: string, args: string): Promise<string> {
  const service = 'urn:schemas-upnp-org:service:WANIPConnection:2'
  const body = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:${action} xmlns:u="${service}">${args}</u:${action}></s:Body></s:Envelope>`
  return http(url, client, { SOAPAction: `"${service}#${action}"`, 'Content-Type': 'text/xml' }, body)
}

function http(
  url: URL,
  client: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: body === undefined ? 'GET' : 'POST', headers, localAddress: client, agent: false },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text)
          else reject(new Error(`status ${response.statusCode}: ${text}`))
        })
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })
}

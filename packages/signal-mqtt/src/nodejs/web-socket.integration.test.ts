import { afterEach, expect, test } from '@jest/globals'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeAll, keep } from '../testdata/open-signals.ts'
import { mqttConnector } from './mqtt-connector.ts'

afterEach(closeAll)

/** A WebSocket server that accepts each client of MQTT, and then does this. */
async function startWebSockets(after: (webSocket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (webSocket) => {
    webSocket.on('error', () => {})
    webSocket.once('message', (connect: Buffer) => {
      webSocket.send(connect[8] === 5 ? Uint8Array.of(0x20, 3, 0, 0, 0) : Uint8Array.of(0x20, 2, 0, 0))
      after(webSocket)
    })
  })
  await once(server, 'listening')
  const close = async () => {
    for (const client of server.clients) client.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  keep({ close })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a broker that announces a frame of 2 MiB: the connection ends at once', async () => {
  const url = await startWebSockets((webSocket) => {
    webSocket.once('message', () => webSocket.send(new Uint8Array(2 * 1024 * 1024)))
  })
  const connection = keep(await mqttConnector()(url, new AbortController().signal))
  const ended = new Promise((resolve) => connection.onEnd(resolve))
  await expect(connection.subscribe('s', () => {})).rejects.toThrow('Max payload size exceeded')
  expect(await ended).toBe('Max payload size exceeded')
})

test('a connection that is given up when it is dialled rejects with the reason', async () => {
  const url = await startWebSockets(() => {})
  const [reason, giveUp] = [new Error('given up'), new AbortController()]
  const connecting = mqttConnector()(url, giveUp.signal, () => giveUp.abort(reason))
  await expect(connecting).rejects.toBe(reason)
})

/**
 * werift with trickled candidates; descriptions go through a server of the lab. It takes one TURN server, and TURN over TCP
 * is the one that leads out of every network here.
 */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { EndSettings } from './end-protocol.ts'
import { type EndStream, loadModule, runEnd } from './end.ts'

// oxlint-disable-next-line typescript/no-explicit-any
let werift: any
/** Bytes that wait in a channel before the sender does. */
const HIGH_WATER = 1024 * 1024

interface Signal {
  readonly description?: object
  readonly candidate?: object
}

/** A connection with a line to its peer. */
function peerConnection(settings: EndSettings, line: Socket) {
  const { turnIp, turnUser, turnPassword } = settings
  const connection = new werift.RTCPeerConnection({
    iceServers: [
      { urls: `stun:${turnIp}:3478` },
      { urls: `turn:${turnIp}:3478?transport=tcp`, username: turnUser, credential: turnPassword },
    ],
  })
  const send = (signal: Signal) => line.write(`${JSON.stringify(signal)}\n`)
  connection.onIceCandidate.subscribe((candidate?: { toJSON(): object }) => {
    if (candidate !== undefined) send({ candidate: candidate.toJSON() })
  })
  // A candidate may overtake the description that it belongs to, so that one after the other is taken.
  let taken = Promise.resolve()
  createInterface({ input: line }).on('line', (text) => {
    const { description, candidate } = JSON.parse(text) as Signal
    taken = taken.then(async () => {
      if (candidate !== undefined) return connection.addIceCandidate(candidate)
      await connection.setRemoteDescription(description)
      if ((description as { type: string }).type === 'answer') return
      const answer = await connection.createAnswer()
      // Before the candidates are gathered, so that they trickle.
      const isSet = connection.setLocalDescription(answer)
      send({ description: { type: answer.type, sdp: answer.sdp } })
      await isSet
    })
  })
  return { connection, send }
}

// oxlint-disable-next-line typescript/no-explicit-any
function ofChannel(channel: any): EndStream {
  channel.bufferedAmountLowThreshold = HIGH_WATER / 2
  return {
    send(data) {
      channel.send(Buffer.from(data))
      if (channel.bufferedAmount < HIGH_WATER) return undefined
      return new Promise((resolve) => channel.bufferedAmountLow.once(resolve))
    },
    onData: (listener) => channel.onMessage.subscribe((data: Uint8Array) => listener(data)),
  }
}

await runEnd({
  load: async () => void (werift = await loadModule('werift')),
  async start(settings) {
    const line = connect(settings.signalling.port, settings.signalling.host)
    await new Promise((resolve, reject) => line.once('connect', resolve).once('error', reject))
    line.setNoDelay(true)
    const { connection, send } = peerConnection(settings, line)
    return {
      async listen(onStream) {
        connection.onDataChannel.subscribe((channel: unknown) => onStream(ofChannel(channel)))
        return 'callee'
      },
      async connect() {
        const channel = connection.createDataChannel('bytes')
        const open = new Promise((resolve) =>
          channel.stateChanged.subscribe((state: string) => state === 'open' && resolve(state)),
        )
        const offer = await connection.createOffer()
        const isSet = connection.setLocalDescription(offer)
        send({ description: { type: offer.type, sdp: offer.sdp } })
        await isSet
        await open
        return ofChannel(channel)
      },
    }
  },
})

import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { encodeFrame, type Frame } from '../frame/frame.ts'
import { FrameDecoder } from '../frame/frame-decoder.ts'
import { encodeEntry } from '../manifest/entry.ts'

/**
 * A sender of names without files: links that lead outside. The receiver maps each of them, reports it and does not make it.
 */
export async function announceNames(stream: Duplex, names: number): Promise<void> {
  const write = async (frame: Frame) => {
    for (const part of encodeFrame(frame))
      if (!stream.write(part)) await new Promise((resolve) => stream.once('drain', resolve))
  }
  const root = createHash('sha256')
  await write({ type: 'hello', version: 1 })
  for (let first = 0; first < names; first += 500) {
    const entries = Array.from({ length: 500 }, (_, i) =>
      encodeEntry({
        type: 'link',
        path: `folder-${Math.floor((first + i) / 1000)}/a link with a usual name ${first + i}.txt`,
        target: '/elsewhere',
      }),
    )
    const bytes = Buffer.concat(entries)
    root.update(bytes)
    await write({ type: 'entries', bytes })
  }
  await write({ type: 'offer', entries: names, bytes: 0, root: root.digest() })
  const decoder = new FrameDecoder()
  for await (const chunk of stream)
    for (const frame of decoder.decode(chunk as Uint8Array)) {
      if (frame.type === 'wants-end') await write({ type: 'finish' })
      if (frame.type === 'done') return void stream.end()
    }
}


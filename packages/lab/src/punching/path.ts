import { type Clock, type TcpConnection, within } from '@p2pd/netif'
import type { UdpPath } from '@p2pd/punch'

/** One end of a path that was opened. */
export type PathEnd = { readonly udp: UdpPath } | { readonly tcp: TcpConnection }

/** Interval of repeats, because UDP may lose a message. */
const REPEAT_MS = 200

/** Longer than TCP takes to resend a segment that was lost twice. */
const PATIENCE_MS = 5000

/** Sends both ways and reports whether both ends receive the other, that is, whether they are ends of one path. */
export async function areOnePath(clock: Clock, a: PathEnd, b: PathEnd): Promise<boolean> {
  const heard = Promise.all([hear(a), hear(b)])
  let over = false
  const speak = () => {
    if (over) return
    say(a, 'a')
    say(b, 'b')
    if ('udp' in a) clock.at(clock.now() + REPEAT_MS, speak)
  }
  speak()
  const texts = (await within(clock, heard, PATIENCE_MS)) ?? []
  over = true
  return texts[0] === 'b' && texts[1] === 'a'
}

export function closeEnd(end: PathEnd): void {
  if ('udp' in end) end.udp.socket.close()
  else end.tcp.stream.destroy()
}

function say(end: PathEnd, text: string): void {
  const bytes = new TextEncoder().encode(text)
  if ('udp' in end) end.udp.socket.send(bytes, end.udp.remote)
  else end.tcp.stream.write(bytes)
}

function hear(end: PathEnd): Promise<string> {
  return new Promise((resolve) => {
    const listener = (data: Uint8Array) => resolve(new TextDecoder().decode(data))
    if ('udp' in end) end.udp.socket.onMessage(listener)
    else end.tcp.stream.once('data', listener)
  })
}

/**
 * The line, from 1, at which a text stops being JSON. A text that ends too early stops at its last line. RFC 8259 §2.
 */
export function lineOfJsonFault(text: string): number {
  const lines = text.split('\n')
  // A fault in a beginning of the text is a fault in every longer one, so that halving finds the first.
  let [low, high] = [1, lines.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (mayGoOn(`${lines.slice(0, middle).join('\n')}\n`)) low = middle + 1
    else high = middle
  }
  return low
}

/** The line, from 1, at which an object of a JSON text has this key. */
export function lineOfJsonKey(text: string, key: string): number {
  const at = text.indexOf(JSON.stringify(key))
  return text.slice(0, Math.max(at, 0)).split('\n').length
}

/** Whether more text could make JSON of it: it is JSON already, or the fault is that it ends. */
function mayGoOn(begin: string): boolean {
  try {
    JSON.parse(begin)
    return true
  } catch (error) {
    const { message } = error as Error
    if (/end of JSON input|Unterminated string/.test(message)) return true
    const [, position = '-1'] = /at position (\d+)/.exec(message) ?? []
    return Number(position) >= begin.length
  }
}

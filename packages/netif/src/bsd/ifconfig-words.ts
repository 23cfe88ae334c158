/** The word behind a key in a line of `ifconfig`, which BSD and macOS have in common. */
export function wordAfter(words: readonly string[], key: string): string | undefined {
  const at = words.indexOf(key)
  return at < 0 ? undefined : words[at + 1]
}

/** The prefix length of a mask: `0xffffff00` is 24. A point-to-point link may give none, which is 32. */
export function maskLength(mask: string | undefined): number {
  if (mask === undefined || !/^0x[0-9a-f]{1,8}$/i.test(mask)) return 32
  return Number(mask).toString(2).replaceAll('0', '').length
}

/** Parses the `<Link#4>` rows of `netstat -in`: each NIC's index. RFC 3493 §4. */
export function parseNetstatLinks(text: string): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>()
  for (const line of text.split(/\r?\n/)) {
    const [, name, index] = /^(\S+?)\*?\s+\d+\s+<Link#(\d+)>/.exec(line) ?? []
    if (name !== undefined) indexes.set(name, Number(index))
  }
  return indexes
}

/** A broker's URL without user and password, which no client needs. RFC 3986 §3.2.1. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    parsed.username = ''
    parsed.password = ''
    return parsed.href
  } catch {
    return url
  }
}

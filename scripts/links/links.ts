/** Why: a document that moved leaves links behind that lead nowhere. */
import { posix } from 'node:path'

/** A link that leads nowhere. */
export interface BrokenLink {
  readonly file: string
  readonly link: string
  readonly reason: string
}

/** Whether a path of the repository exists; a folder counts. */
export type Exists = (path: string) => boolean

/** The relative links of the Markdown files, and their anchors, that lead nowhere. */
export function brokenLinks(files: ReadonlyMap<string, string>, exists: Exists): BrokenLink[] {
  return [...files].flatMap(([file, text]) =>
    linksOf(text).flatMap((link) => {
      const reason = fault(file, link, files, exists)
      return reason === undefined ? [] : [{ file, link, reason }]
    }),
  )
}

function fault(
  file: string,
  link: string,
  files: ReadonlyMap<string, string>,
  exists: Exists,
): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return undefined // Another site.
  const [path = '', anchor] = decodeURIComponent(link).split('#')
  const target = path === '' ? file : posix.join(posix.dirname(file), path)
  if (target.startsWith('..')) return 'leads out of the repository'
  if (!exists(target)) return `there is no ${target}`
  const text = files.get(target)
  if (anchor === undefined || text === undefined) return undefined
  return anchorsOf(text).has(anchor) ? undefined : `${target} has no heading #${anchor}`
}

/** The targets of links, images and references, code left out. */
export function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown)
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)]
  const references = [...text.matchAll(/^\s*\[[^\]]+\]:\s*(\S+)/gm)]
  const html = [...text.matchAll(/<(?:a|img|source)\s[^>]*?(?:href|src|srcset)="([^"]+)"/g)]
  return [...inline, ...references, ...html].map(([, link = '']) => link)
}

/** The anchors that GitHub makes of headings, and those that are written as `id`. */
export function anchorsOf(markdown: string): Set<string> {
  const found = new Set<string>()
  for (const [, heading = ''] of markdown
    .replace(/^( *)(```|~~~)[^]*?^\1\2/gm, '')
    .matchAll(/^#{1,6} +(.*)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
    const slug = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-')
    let name = slug
    for (let i = 1; found.has(name); i++) name = `${slug}-${i}`
    found.add(name)
  }
  for (const [, id = ''] of markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)) found.add(id)
  return found
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)(```|~~~)[^]*?^\1\2/gm, '').replace(/`(?:[^`\n]|\n(?!\n))*`/g, '')
}

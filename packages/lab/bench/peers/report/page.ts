/** The part of a document that a benchmark writes lies between two comments with its name. */
export function replaceSection(document: string, name: string, section: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the document has no section ${JSON.stringify(name)}`)
  return `${document.slice(0, from + begin.length)}\n\n${section.trim()}\n\n${document.slice(to)}`
}

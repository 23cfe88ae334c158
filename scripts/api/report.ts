/** Why: a change of what users can call is seen in a review, and none slips through with a refactoring. */
import ts from 'typescript'
import { type Declared, Declarations, type ReadTypes } from './declarations.ts'

/** An entry of a package and the file of its types. */
export interface Entry {
  readonly title: string
  readonly file: string
}

const printer = ts.createPrinter({ removeComments: true })

/**
 * The declarations of all that a package exports, by entry and name, without comments. Below them come those that they
 * mention and that no entry exports: users meet these types as well.
 */
export function apiReport(name: string, entries: readonly Entry[], read: ReadTypes): string {
  const declarations = new Declarations(read)
  const shown = new Set<string>()
  const mentioned: Declared[] = []
  const print = (place: Declared): string => {
    shown.add(key(place))
    return declarations
      .statementsOf(place)
      .map((statement) => {
        mentioned.push(...declarations.mentionsOf(place.file, statement))
        return splitUnion(printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile()))
      })
      .join('\n')
  }

  const sections = entries.map(({ title, file }) => {
    const texts = [...declarations.exportsOf(file)].sort(byName).map(([exported, place]) => {
      if ('foreign' in place) return place.foreign
      if (shown.has(key(place))) return `// ${exported}: as above`
      return exported === place.name ? print(place) : `// as ${exported}\n${print(place)}`
    })
    return section(title, texts)
  })
  const inside: [string, string][] = []
  // An array that grows in the loop is walked to its end.
  for (const place of mentioned) if (!shown.has(key(place))) inside.push([place.name, print(place)])
  if (inside.length > 0)
    sections.push(
      section(
        'Mentioned, and exported by no entry',
        inside.sort(byName).map(([, text]) => text),
      ),
    )

  const head = `# The API of ${name}\n\nMade by \`pnpm api\`. A difference needs a review and a changeset.\n`
  return [head, ...sections].join('\n')
}

/** A long union of texts has a line for each, so that a difference shows the one that came or went. */
function splitUnion(text: string): string {
  return /^(export )?(declare )?type .{100}/.test(text) ? text.replaceAll(/ \| (?=')/g, '\n    | ') : text
}

function section(title: string, texts: readonly string[]): string {
  return `## ${title}\n\n\`\`\`ts\n${texts.join('\n\n')}\n\`\`\`\n`
}

const key = ({ file, name }: Declared) => `${file} ${name}`

/** By code, so that the order is the same on each system. */
function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** Why: a picture of the imports that nothing checks shows how things once were. */
import { posix } from 'node:path'
import ts from 'typescript'
import { type Finding, isTestSource, manifestOf, packageFolders, type Tree } from './tree.ts'

const page = 'docs/architecture.md'
const roomsOf = 'packages/node/src'
/** Files that every room may import, or that imports every room. */
const besideRooms = ['node-error.ts', 'index.ts']

/** A picture of Mermaid: where its boxes stand for names, and where its arrows lead. */
interface Picture {
  readonly boxes: ReadonlyMap<string, string>
  readonly arrows: Arrows
}

type Arrows = ReadonlyMap<string, ReadonlySet<string>>

/** The two pictures of the architecture show the imports of today: an arrow, or a way of arrows, for each and no more. */
export function checkPictures(tree: Tree): Finding[] {
  const text = tree.get(page)
  if (text === undefined) return []
  const packages = pictureBelow(text, '## Layers')
  const inside = pictureBelow(text, `## Rooms of \`${roomsOf}\``)
  const messages = [
    ...missingArrows(packages, dependencies(tree)),
    ...idleArrows(packages, dependencies(tree, { bundled: true })),
    ...missingArrows(inside, rooms(tree)),
    ...idleArrows(inside, rooms(tree)),
  ]
  return messages.map((message) => ({ file: page, message }))
}

function missingArrows({ boxes, arrows }: Picture, imports: Arrows): string[] {
  return [...imports].flatMap(([name, imported]) => {
    const box = boxes.get(name)
    if (box === undefined) return [`no box for ${name}`]
    const reached = reachable(arrows, box)
    const missing = [...imported].filter((other) => {
      const to = boxes.get(other)
      return to !== undefined && to !== box && !reached.has(to)
    })
    return missing.map((other) => `${name} imports ${other}, and no arrow leads there`)
  })
}

/** Arrows for which nothing in the one box imports anything in the other. */
function idleArrows({ boxes, arrows }: Picture, imports: Arrows): string[] {
  const drawn = [...arrows].flatMap(([from, targets]) => [...targets].map((to) => [from, to] as const))
  const namesIn = (box: string) => [...boxes].filter(([, one]) => one === box).map(([name]) => name)
  return drawn
    .filter(
      ([from, to]) => !namesIn(from).some((one) => namesIn(to).some((other) => imports.get(one)?.has(other))),
    )
    .map(([from, to]) => `the arrow from ${from} to ${to} stands for no import`)
}

/** Every box that a way of arrows leads to. */
function reachable(arrows: Arrows, from: string): Set<string> {
  const reached = new Set(arrows.get(from))
  for (const box of reached) for (const next of arrows.get(box) ?? []) reached.add(next)
  return reached
}

/** The first flow chart below a heading. A box names packages or paths in front of its colon or parenthesis. */
function pictureBelow(text: string, heading: string): Picture {
  const [, chart = ''] = text.slice(text.indexOf(heading)).split(/```(?:mermaid)?\n/)
  const boxes = new Map<string, string>()
  const arrows = new Map<string, Set<string>>()
  for (const line of chart.split('\n')) {
    const [, box, label = '', targets] = /^ *(\w+)(?:\["([^"]+)"\])?(?: --> ([\w &]+))?$/.exec(line) ?? []
    if (box === undefined) continue
    const names = label.split(/:| \(/)[0] ?? ''
    for (const name of names.split(', ')) boxes.set(name, box)
    if (targets !== undefined) arrows.set(box, new Set([...(arrows.get(box) ?? []), ...targets.split(' & ')]))
  }
  return { boxes, arrows }
}

/** The packages that each package depends on; also those that are bundled with it, which its manifest has for development. */
function dependencies(tree: Tree, { bundled = false } = {}): Arrows {
  return new Map(
    packageFolders(tree).map((folder) => {
      const { name = folder, dependencies, devDependencies } = manifestOf(tree, folder)
      return [name, new Set(Object.keys({ ...dependencies, ...(bundled && devDependencies) }))]
    }),
  )
}

/** The imports between the folders and files directly below `roomsOf`. */
function rooms(tree: Tree): Arrows {
  const found = new Map<string, Set<string>>()
  for (const [path, text] of tree) {
    if (!path.startsWith(`${roomsOf}/`) || !/\.tsx?$/.test(path) || isTestSource(path)) continue
    const room = roomOf(path)
    if (besideRooms.includes(room)) continue
    const imported = found.get(room) ?? new Set()
    found.set(room, imported)
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      const target = posix.join(posix.dirname(path), fileName)
      if (fileName.startsWith('.')) imported.add(roomOf(target))
    }
  }
  return found
}

/** `calls/` of a file in that folder, `node.ts` of a file in no folder. */
function roomOf(path: string): string {
  const [room = '', ...rest] = path.slice(roomsOf.length + 1).split('/')
  return rest.length > 0 ? `${room}/` : room
}

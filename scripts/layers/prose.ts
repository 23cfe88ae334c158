/** Why: comments, Markdown and texts for users are checked as the same sentences. */
import { posix } from 'node:path'
import ts from 'typescript'
import { lineOf, parsedFile, type Tree, walk } from './tree.ts'

/** One sentence of a comment, a Markdown file or a text that a program prints. */
export interface Sentence {
  readonly text: string
  /** The line, counted from 1, that it starts on. */
  readonly line: number
  /** A comment or a paragraph holds whole sentences; a heading or a string may hold a part of one. */
  readonly whole: boolean
}

interface Line {
  readonly text: string
  readonly line: number
}

/** The sentences of one file. Code in back quotes and in fences is left out. */
export function sentencesOf(tree: Tree, path: string): Sentence[] {
  const text = tree.get(path) ?? ''
  if (path.endsWith('.md')) return markdownSentences(text)
  if (path.endsWith('.css')) return commentSentences(text)
  if (!['.ts', '.tsx', '.mjs'].includes(posix.extname(path))) return []
  const file = parsedFile(tree, path)
  return file ? [...commentSentences(withoutTexts(file)), ...stringSentences(file)] : []
}

function markdownSentences(text: string): Sentence[] {
  const withoutCode = text
    .replace(/^( *)(```|~~~)[^]*?^\1\2/gm, blank)
    .replace(/<!--[^]*?-->/g, blank)
    .replace(/(?<=^[ \t]*\n)(?: {4}.*\n)+/gm, blank)
  const found: Sentence[] = []
  let paragraph: Line[] = []
  const flush = () => {
    found.push(...splitSentences(paragraph))
    paragraph = []
  }
  for (const [index, text] of withoutCode.split('\n').entries()) {
    const line = index + 1
    const part = /^\s*(#|\||>|[-*+] |\d+\. |$)/.exec(text)?.[1]
    if (part !== undefined) flush()
    if (part === '#') found.push({ text: plain(text), line, whole: false })
    else if (part === '|') found.push(...cellSentences(text, line))
    else paragraph.push({ text: text.replace(/^\s*(>|[-*+] |\d+\. )/, ''), line })
  }
  flush()
  return found
}

function cellSentences(row: string, line: number): Sentence[] {
  return row.split('|').flatMap((text) => splitSentences([{ text, line }]))
}

/** Keeps the line numbers of what follows. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, '')
}

function commentSentences(source: string): Sentence[] {
  const found: Sentence[] = []
  let paragraph: Line[] = []
  let lastLine = -1
  const flush = () => {
    found.push(...splitSentences(paragraph))
    paragraph = []
  }
  for (const { index, 0: comment } of source.matchAll(/\/\/.*|\/\*[^]*?\*\//g)) {
    const first = source.slice(0, index).split('\n').length
    // Line comments below one another are one text.
    if (!comment.startsWith('//') || first !== lastLine + 1) flush()
    const lines = commentLines(comment).map((text, i) => ({ text, line: first + i }))
    for (const line of withoutFences(lines)) {
      if (/^\s*$|^\s*(@|- |\d+\. )/.test(line.text)) flush()
      paragraph.push({ ...line, text: line.text.replace(/^\s*(@\w+|- |\d+\. )/, '') })
    }
    lastLine = first + lines.length - 1
  }
  flush()
  return found
}

function commentLines(comment: string): string[] {
  if (comment.startsWith('//')) return [comment.replace(/^\/\/+/, '')]
  const inside = comment.replace(/^\/\*+/, '').replace(/\*\/$/, '')
  return inside.split('\n').map((line) => line.replace(/^\s*\*/, ''))
}

function withoutFences(lines: readonly Line[]): Line[] {
  let inside = false
  return lines.filter(({ text }) => {
    const fence = text.trim().startsWith('```')
    if (fence) inside = !inside
    return !inside && !fence
  })
}

/** A source in which nothing looks like a comment but comments: strings and patterns are crossed out. */
function withoutTexts(file: ts.SourceFile): string {
  let text = file.text
  walk(file, (node) => {
    if (!isText(node)) return
    const start = node.getStart(file)
    const crossedOut = text.slice(start, node.end).replace(/[^\n]/g, 'x')
    text = text.slice(0, start) + crossedOut + text.slice(node.end)
  })
  return text
}

function isText(node: ts.Node): boolean {
  return (
    ts.isStringLiteralLike(node) ||
    ts.isRegularExpressionLiteral(node) ||
    ts.isTemplateLiteralToken(node) ||
    ts.isJsxText(node)
  )
}

/** Strings of at least four words: error texts, help, titles of tests, texts of the page. */
function stringSentences(file: ts.SourceFile): Sentence[] {
  const found: Sentence[] = []
  walk(file, (node) => {
    const text = stringText(node)
    if (text && text.trim().split(/\s+/).length > 3)
      found.push({ text: plain(text), line: lineOf(node), whole: false })
  })
  return found
}

function stringText(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node) || ts.isJsxText(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return node.head.text + node.templateSpans.map(({ literal }) => `X${literal.text}`).join('')
}

function splitSentences(lines: readonly Line[]): Sentence[] {
  const found: Sentence[] = []
  let text = ''
  let start = 0
  const flush = () => {
    if (text.trim() !== '') found.push({ text: text.trim(), line: start, whole: true })
    text = ''
  }
  for (const { text: raw, line } of lines) {
    for (const piece of plain(raw).split(/(?<=[.!?]["')]?)\s+(?=["'(]?[A-Z])/)) {
      if (text.trim() === '') start = line
      text += `${piece} `
      if (/[.!?]["')]?\s*$/.test(piece)) flush()
    }
  }
  flush()
  return found
}

/** A line without emphasis, link targets and code. */
function plain(line: string): string {
  return line
    .replace(/`[^`]*`/g, 'X')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\{@link (\w+)\}/g, '$1')
    .replace(/\*\*|__|^\s*#+/g, '')
    .trim()
}

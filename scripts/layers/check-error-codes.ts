/** Why: callers branch on codes, and editors show what a doc comment says about them. */
import { errorCodes } from '../errors/codes.ts'
import { type Finding, isTestSource, packageFolder, type Tree } from './tree.ts'

/**
 * Each member of an exported `…ErrorCode` union says in a doc comment when it is thrown. In libraries the doc comment of
 * a function names it as well. Nobody can handle a code that none names, and perhaps nothing throws it.
 */
export function checkErrorCodes(tree: Tree): Finding[] {
  return errorCodes(tree).flatMap(({ file, codes }) => {
    const elsewhere = file.startsWith('packages/') ? docCommentsBeside(file, tree) : undefined
    return codes.flatMap(({ code, cause, line }) =>
      [
        ...(cause === '' ? [`'${code}' has no doc comment that says when it is thrown`] : []),
        ...(elsewhere?.includes(`\`${code}\``) === false
          ? [`'${code}' is in no doc comment of a function that throws it`]
          : []),
      ].map((message) => ({ file, line, message })),
    )
  })
}

/** The doc comments of the other sources of a package. */
function docCommentsBeside(file: string, tree: Tree): string {
  return [...tree]
    .filter(([other]) => other !== file && packageFolder(other) === packageFolder(file))
    .filter(([other]) => other.endsWith('.ts') && !isTestSource(other))
    .flatMap(([, text]) => text.match(/\/\*\*[\s\S]*?\*\//g) ?? [])
    .join('\n')
}

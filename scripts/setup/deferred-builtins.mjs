/** Why: a module of Node that a dependency requires at once, and mostly never uses, delays the start of the command. */
import { createRequire } from 'node:module'

/** It loads `net` and `dgram` as well: 10 ms. Commander only uses it for commands that are programs of their own. */
const deferred = /^(node:)?child_process$/
const namespace = 'deferred-builtin'

/**
 * Has `require` of such a module return an object that loads the module with its first property.
 *
 * @type {import('esbuild').Plugin}
 */
export const deferredBuiltins = {
  name: namespace,
  setup(build) {
    build.onResolve({ filter: deferred }, ({ kind, path, namespace: from }) =>
      kind === 'require-call' && from !== namespace ? { path, namespace } : undefined,
    )
    build.onLoad({ filter: deferred, namespace }, ({ path }) => ({ contents: stub(path) }))
  },
}

/** @param {string} path */
function stub(path) {
  const names = Object.keys(createRequire(import.meta.url)(path))
  const getters = names.map((name) => `get ${name}() { return require('${path}').${name} }`)
  return `module.exports = { ${getters.join(', ')} }`
}

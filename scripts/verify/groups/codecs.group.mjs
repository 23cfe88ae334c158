import { loadGroup } from '../test-groups.mjs'

await loadGroup('codecs')

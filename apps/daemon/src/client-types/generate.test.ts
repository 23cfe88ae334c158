import { expect, test } from '@jest/globals'
import { generatedFiles, typesText } from './generate.ts'

test('the types of @p2pd/client are those of the document: `pnpm client` writes both', () => {
  const { document, types } = generatedFiles()
  expect(types).toBe(typesText(document))
})

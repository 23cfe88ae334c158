import { expect, test } from '@jest/globals'
import { generatedFiles, typesText } from '../../../scripts/generate-client.ts'

test('the types are those of the document: `pnpm client` writes both', () => {
  const { document, types } = generatedFiles()
  expect(types).toBe(typesText(document))
})

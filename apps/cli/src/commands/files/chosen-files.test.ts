import { expect, test } from '@jest/globals'
import { checkFiles } from './chosen-files.ts'

test('a device is not a file to send, and neither is a name that does not exist', async () => {
  await expect(checkFiles(['/dev/null'])).rejects.toMatchObject({
    code: 'CLI_FILE',
    message: '/dev/null is a pipe or a device: send - and feed it to standard input',
  })
  await expect(checkFiles(['/nowhere'])).rejects.toMatchObject({
    code: 'CLI_FILE',
    message: expect.stringMatching(/^\/nowhere can't be read: it does not exist$/),
  })
  await checkFiles(['-', '/dev'])
})

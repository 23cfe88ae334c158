import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from '@jest/globals'
import { startCoturn, testWithCoturn } from './testdata/coturn.ts'

testWithCoturn('examples/relayed-echo.ts gets its answer through the relay', async () => {
  const server = await startCoturn()
  try {
    const example = new URL('../examples/relayed-echo.ts', import.meta.url).pathname
    const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
    const args = ['--conditions=@p2pd/source', example, `turn:127.0.0.1:${server.port}`, 'u', 'p']
    const { stdout } = await promisify(execFile)(tsx, args)
    expect(stdout).toBe('answered through 127.0.0.1: hello\n')
  } finally {
    await server.stop()
  }
})

import { expect, test } from '@jest/globals'
import { inFolder, run, writeServers } from '../testdata/run.ts'

const NO_SERVERS = { stun: [], mqtt: [], turn: [] }

test('a line of progress while it works, the result on standard output', () =>
  inFolder(async (path) => {
    const check = run(['netcheck', '--servers', writeServers(path('servers.json'), NO_SERVERS)])
    expect(await check.status).toBe(0)
    expect(check.errors()).toMatch(/^\d+ interfaces, 0 STUN servers$/m)
    expect(await check.text()).not.toContain('interfaces,')
  }))

test('--watch goes on until it is interrupted, and ends well', () =>
  inFolder(async (path) => {
    const servers = writeServers(path('servers.json'), NO_SERVERS)
    const watch = run(['netcheck', '--watch', '--json', '--servers', servers])
    expect(await watch.next()).toHaveProperty('interfaces')
    watch.interrupt()
    expect(await watch.status).toBe(0)
  }))

import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { inFolder, writeServers } from '../../testdata/run.ts'
import { hasTerminals, Terminal } from '../../testdata/terminal.ts'

/** Two people on the telephone are done within this. */
const LONGEST_MS = 20_000
const TAB = '\t'

const testAtTerminals = hasTerminals ? test : test.skip

testAtTerminals(
  'H4: two terminals pair by a code and send a folder in less than 20 s, from a cold start',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      const servers = writeServers(path('servers.json'), infra.servers)
      mkdirSync(path('holiday/beach'), { recursive: true })
      writeFileSync(path('holiday/beach/sea.jpg'), Buffer.alloc(3_000_000, 'sea'))
      const started: Terminal[] = []
      const at = (user: string, ...args: string[]) => {
        const terminal = new Terminal([...args, '--servers', servers], { XDG_CONFIG_HOME: path(user) })
        started.push(terminal)
        return terminal
      }
      try {
        const startedAt = performance.now()
        const bob = at('bob', 'receive', '--code', path('inbox'))
        const alice = at('alice', 'send', '-', path('holiday'))
        const [, number = '', first = '', second = ''] = await bob.until(
          /runs: p2pd send (\d+)-(\w+)-(\w+) FILE/,
        )
        await alice.until(/The code of the other side: /)
        alice.type(`${number} ${first.slice(0, 4)}${TAB} ${second.toUpperCase()}\r`)
        await bob.until(/"[^"\n]+", who has typed your code \([^)]+\), offers 1 file, 2 folders/)
        await bob.until(/Accept\? \[y\/N\]/)
        bob.type('y\r')
        expect([await alice.status(), await bob.status()]).toEqual([0, 0])
        expect(performance.now() - startedAt).toBeLessThan(LONGEST_MS)
        expect(readFileSync(path('inbox/holiday/beach/sea.jpg'), 'utf8')).toHaveLength(3_000_000)
        expect(bob.shown).toContain('\u001b[107m  ') // The QR code, in full blocks.
        expect(alice.shown).toMatch(/1 file sent in \d+\.\d s/)
      } finally {
        for (const terminal of started) terminal.kill()
        await infra.close()
      }
    }),
)

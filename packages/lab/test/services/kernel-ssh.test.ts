import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { afterAll, expect, test } from '@jest/globals'
import type { Scenario } from '@p2pd/lab'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'
import { recipe } from './recipes.ts'
import { Users } from './users.ts'

const LIMIT_MS = 90_000
/** `forward` names the path on standard error, which ssh hands on. */
const PUNCHED = expect.stringMatching(/^Connected to \w+ for "22" by (tcp|udp)-punch\n$/) as unknown as string

const scenario: Scenario = {
  hosts: [
    { name: 'broker', addresses: 2 },
    { name: 'laptop', behind: 'hotel' },
    { name: 'home', behind: 'router' },
  ],
  boxes: [
    { name: 'hotel', preset: 'home' },
    { name: 'router', preset: 'restricted-preserving' },
  ],
}

/** Where the laptop finds the machine at home, in place of ~/.ssh/config. */
const clientSettings = (users: Users, proxyCommand: string) =>
  [
    'Host home',
    `ProxyCommand ${proxyCommand}`,
    `IdentityFile ${users.path('key')}`,
    `UserKnownHostsFile ${users.path('known-hosts')}`,
    'StrictHostKeyChecking accept-new',
    'LogLevel ERROR',
  ].join('\n')

const serverSettings = (users: Users) =>
  [
    `HostKey ${users.path('host-key')}`,
    `AuthorizedKeysFile ${users.path('key.pub')}`,
    'ListenAddress 127.0.0.1:22',
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
  ].join('\n')

/** A program in place of `ssh`, since that reads ~/.ssh/config of the password file and not of HOME. */
const sshWith = (settings: string) => `exec /usr/bin/ssh -F '${settings}' "$@"`

describeKernel("H2: Debian's OpenSSH over `p2pd forward -`, between hosts behind two NATs", () => {
  const lab = sharedLab({ scenario })
  const people = lazy(() => Users.create())
  afterAll(async () => (await people()).remove())

  /** The recipe: sshd behind `p2pd serve 22`, in its namespace, with its keys and settings. */
  const ready = lazy(async () => {
    const [net, users] = [await lab(), await people()]
    const [broker, laptop, home] = [net.host('broker'), net.host('laptop'), net.host('home')]
    const hosts = broker.addresses.map((ip) => `--host ${ip}`).join(' ')
    const infra = await users.start(broker, `p2pd infra --json ${hosts} --mqtt-port 1883`)
    await users.acquaint('laptop', 'home')
    for (const key of ['key', 'host-key'])
      await users.run(home, `ssh-keygen -q -t ed25519 -N '' -f ${users.path(key)}`)
    const settings = users.path('sshd.conf')
    await writeFile(settings, serverSettings(users))
    // sshd wants a folder below /run, and the machine that runs the tests need not have it.
    const script = `mount -t tmpfs none /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f ${settings}`
    const sshd = await users.start(home, `unshare --mount sh -c '${script}'`)
    await writeFile(users.path('servers.json'), (await infra.until(/"servers":(\{.*\})\}/))[1] ?? '')
    const [serve = '', ssh = '', ...others] = await recipe('Log in at home')
    const proxyCommand = /ProxyCommand='(.*)'/.exec(ssh)?.[1] ?? ''
    await writeFile(users.path('ssh.conf'), clientSettings(users, proxyCommand))
    await users.program('ssh', sshWith(users.path('ssh.conf')))
    await sshd.until(/Server listening/)
    await (await users.start(home, serve)).until(/Serving "22"/)
    return { users, laptop, home, ssh, others }
  })

  test(
    'a command of the shell gets standard input, and its exit status comes back',
    async () => {
      const { users, laptop, ssh } = await ready()
      const outcome = await users.run(laptop, `echo hello | ${ssh} 'tr a-z A-Z; exit 7'`)
      expect(outcome).toMatchObject({ status: 7, stdout: 'HELLO\n', stderr: PUNCHED })
    },
    LIMIT_MS,
  )

  test(
    'git clones',
    async () => {
      const { users, laptop, home, others } = await ready()
      const commit = 'git -c user.name=a -c user.email=a@b commit -q -m one'
      const seed = `git init -q projects/site && cd projects/site && echo one > file && git add file && ${commit}`
      expect(await users.run(home, seed)).toMatchObject({ status: 0 })
      // The home folder of the password file, which sshd uses, is not that of the test.
      const clone = (others[0] ?? '').replace('home:', `home:${users.path('home')}/`)
      expect(await users.run(laptop, clone)).toMatchObject({ status: 0 })
      expect(await readFile(users.path('laptop', 'site', 'file'), 'utf8')).toBe('one\n')
    },
    LIMIT_MS,
  )

  test(
    'rsync copies a folder',
    async () => {
      const { users, laptop, others } = await ready()
      await mkdir(users.path('home', 'photos'))
      const names = Array.from({ length: 20 }, (_, number) => `photo ${number}`)
      for (const name of names) await writeFile(users.path('home', 'photos', name), name.repeat(10_000))
      const copy = (others[1] ?? '').replace('home:', `home:${users.path('home')}/`)
      expect(await users.run(laptop, copy)).toMatchObject({ status: 0, stderr: PUNCHED })
      for (const name of names)
        expect(await readFile(users.path('laptop', 'photos', name), 'utf8')).toBe(name.repeat(10_000))
    },
    LIMIT_MS,
  )
}, ['sshd', 'ssh', 'ssh-keygen', 'git', 'rsync'])

import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, expect, test } from '@jest/globals'
import type { Scenario } from '@p2pd/lab'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'
import { recipe, recipes } from './recipes.ts'
import { type Started, Users } from './users.ts'

const LIMIT_MS = 90_000

const scenario: Scenario = {
  hosts: [
    { name: 'servers', addresses: 2 },
    { name: 'alice', behind: 'flat' },
    { name: 'bob', behind: ['home', 'mobile'] },
    { name: 'public' },
  ],
  boxes: [
    { name: 'flat', preset: 'restricted-preserving' },
    { name: 'home', preset: 'home' },
    { name: 'mobile', preset: 'home' },
  ],
}

/**
 * In place of docker: a container's mounts and home folder, with the volume in it, and the host `app`. Nothing
 * of the user's environment is there but the servers.
 */
const docker = (users: Users) => `
volume=${users.path('volume')}
while [ "$1" != node:20 ]; do
  [ "$1" = -v ] && folder=\${2#*:}
  shift
done
shift
mkdir -p $volume
echo '127.0.0.1 app' > $volume.hosts
exec unshare --mount sh -c '
  mount -t tmpfs none /root && mkdir -p "$1" && mount --bind "$0" "$1" && mount --bind "$0.hosts" /etc/hosts || exit 1
  shift
  exec env -i PATH="$PATH" HOME=/root P2PD_SERVERS="$P2PD_SERVERS" P2PD_PORT_MAPPING=off "$@"
' $volume $folder "$@"`

/** In place of npx, which would ask the registry. */
const npx = 'shift; exec "$@"'

/** A server of HTTP at port 3000, as a development server is. */
const webServer = (text: string, address: string) =>
  `node -e 'require("http").createServer((_, answer) => answer.end("${text}")).listen(3000, "${address}", () => console.log("ready"))'`

describeKernel('docs/cookbook.md: the recipes as they are written, between hosts behind two NATs', () => {
  const lab = sharedLab({ scenario })
  const people = lazy(() => Users.create())
  afterAll(async () => (await people()).remove())

  const host = async (name: string) => (await lab()).host(name)
  const startsForGood = async (name: string, command: string) =>
    (await people()).start(await host(name), command)
  /** The programs of the test that runs. */
  const open: Started[] = []
  const starts = async (name: string, command: string) => {
    const started = await startsForGood(name, command)
    open.push(started)
    return started
  }
  afterEach(async () => {
    // A node that still runs would be found in the place of the next one with its identity.
    await Promise.all(open.splice(0).map((started) => started.stop()))
  })
  const runs = async (name: string, command: string) => (await people()).run(await host(name), command)

  /** A command at a terminal. script(1) of util-linux. */
  const atTerminal = (name: string, command: string) =>
    starts(name, `script --quiet --flush --return --command '${command}' /dev/null`)

  /** Own servers, and Alice and Bob as contacts: what the other recipes need. */
  const ready = lazy(async () => {
    const [infra = '', setting = ''] = await recipe('Own brokers and relays')
    const users = await people()
    expect(setting).toBe('export P2PD_SERVERS=servers.json')
    const [first = '', second = ''] = (await host('servers')).addresses
    const command = infra
      .replace('203.0.113.7', `${first} --host ${second}`)
      .replace('> servers.json', `> ${users.path('servers.json')}`)
    await (await startsForGood('servers', command)).until(/The servers run/)
    const [show = '', type = ''] = await recipe('Become contacts')
    const showing = await starts('alice', show)
    const typing = await starts('bob', withCode(type, await showing.until(/p2pd pair (\d+-\w+-\w+)/)))
    await Promise.all([showing, typing].map(({ until }) => until(/contact/)))
    return users
  })

  /** Alice serves by the first command of a recipe; Bob's forward by the last one. */
  async function served(title: string): Promise<Started> {
    await ready()
    const commands = await recipe(title)
    const serving = await starts('alice', commands[0] ?? '')
    await serving.until(/Serving "/)
    const forwarding = await starts('bob', commands.at(-1) ?? '')
    await forwarding.until(/Forwarding /)
    return forwarding
  }

  const get = (port: number) =>
    `node -e 'require("http").get("http://localhost:${port}", (answer) => answer.pipe(process.stdout))'`

  test(
    'H2: Share a development server; the path may be a relay, and may be lost',
    async () => {
      await (await starts('alice', webServer('from the development server', 'localhost'))).until(/ready/)
      const forwarding = await served('Share a development server')
      const page = { stdout: 'from the development server', stderr: '' }
      expect(await runs('bob', get(8080))).toMatchObject(page)
      const relayed = await starts('bob', 'p2pd forward 8081 alice:web --relay only')
      await relayed.until(/by relay[^]*Forwarding /)
      expect(await runs('bob', get(8081))).toMatchObject(page)
      await (await host('bob')).exec('ip', ['link', 'set', 'eth0', 'down'])
      await forwarding.until(/Connected again/)
      expect(await runs('bob', get(8080))).toMatchObject(page)
      await (await host('bob')).exec('ip', ['link', 'set', 'eth0', 'up'])
    },
    LIMIT_MS,
  )

  test(
    'H5: ping over a path that falls silent: each ping is answered or named as lost, and the rest is answered',
    async () => {
      await ready()
      await (await starts('alice', 'p2pd serve web=localhost:3000')).until(/Serving "/)
      const bob = await host('bob')
      const pinging = await starts('bob', 'p2pd ping alice -n 12 --json')
      const ended = once(pinging.program, 'exit')
      await pinging.until(/"event":"pong","seq":3,/)
      // Of both NICs: the test before leaves open which one leads out.
      const drop =
        'chain inet cut in { type filter hook input priority 0; }; add rule inet cut in iifname != lo drop'
      await bob.exec('nft', [`add table inet cut; add ${drop}`])
      await pinging.until(/(?:"event":"unanswered"[^]*){2}/)
      await bob.exec('nft', ['delete table inet cut'])
      const [said] = await pinging.until(/^[^]*"event":"summary".*\n/)
      const events = [...said.matchAll(/^\{.*\}$/gm)].map(
        ([line]) => JSON.parse(line) as { event: string; seq?: number; lost?: number },
      )
      const numbers = (kind: string) => events.flatMap(({ event, seq }) => (event === kind ? [seq] : []))
      const [answered, lost] = [numbers('pong'), numbers('unanswered')]
      expect([...answered, ...lost].toSorted((a = 0, b = 0) => a - b)).toEqual(
        Array.from({ length: 12 }, (_, index) => index + 1),
      )
      // A late answer is none to a later ping: the last ones came over the path that works again.
      expect(answered.at(-1)).toBe(12)
      expect(events.at(-1)?.lost).toBe(lost.length)
      expect(lost.length).toBeGreaterThanOrEqual(2)
      expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['suspended', 'resumed']))
      expect(await ended).toEqual([0, null])
    },
    LIMIT_MS,
  )

  test(
    'H2, H5: Play a game over UDP, and ping over a relay',
    async () => {
      await starts('alice', 'socat UDP4-LISTEN:30000,fork PIPE')
      const forwarding = await served('Play a game over UDP')
      await forwarding.until(/Datagrams travel/)
      const { stdout } = await runs('bob', 'echo move | socat -t 2 - UDP4:127.0.0.1:30000')
      expect(stdout).toBe('move\n')
      // The relay of the recipe with own servers.
      const ping = await runs('bob', 'p2pd ping alice -n 1 --relay only')
      expect(ping).toMatchObject({ status: 0, stderr: expect.stringMatching(/seq=1 .* ms relay/) })
    },
    LIMIT_MS,
  )

  test(
    'Send a folder',
    async () => {
      const users = await ready()
      await mkdir(users.path('alice', 'holiday'), { recursive: true })
      await writeFile(users.path('alice', 'holiday', 'sea.jpg'), 'sea')
      await writeFile(users.path('alice', 'notes.txt'), 'notes')
      await mkdir(users.path('bob', 'Downloads'), { recursive: true })
      const [receive = '', send = ''] = await recipe('Send a folder')
      const receiving = await atTerminal('bob', receive)
      const sending = await starts('alice', withCode(send, await receiving.until(/send (\d+-\w+-\w+) FILE/)))
      await receiving.until(/Accept\?/)
      receiving.program.stdin?.write('y\r')
      await sending.until(/2 files sent/)
      expect(await readFile(users.path('bob', 'Downloads', 'holiday', 'sea.jpg'), 'utf8')).toBe('sea')
      expect(await readFile(users.path('bob', 'Downloads', 'notes.txt'), 'utf8')).toBe('notes')
    },
    LIMIT_MS,
  )

  test(
    'In a container',
    async () => {
      const users = await ready()
      await users.program('docker', docker(users))
      await users.program('npx', npx)
      const [run = '', forward = ''] = await recipe('In a container')
      await (await starts('public', webServer('from the container', '0.0.0.0'))).until(/ready/)
      const serving = await starts('public', run)
      const [, id = ''] = await serving.until(/forward LOCAL (\w+):web/)
      const forwarding = await starts('alice', forward.replace('ID', id))
      await forwarding.until(/Forwarding /)
      expect(await runs('alice', get(8080))).toMatchObject({ stdout: 'from the container', stderr: '' })
    },
    LIMIT_MS,
  )

  test('every recipe is run', async () => {
    expect([...(await recipes()).keys()]).toEqual([
      'Become contacts',
      'Share a development server',
      'Log in at home', // kernel-ssh.test.ts runs it.
      'Send a folder',
      'Play a game over UDP',
      'In a container',
      'Own brokers and relays',
    ])
  })
}, ['script'])

/** A command with the code that was shown in place of the one in the book. */
function withCode(command: string, [, code = '']: RegExpExecArray): string {
  return command.replace('7421-copper-parrot', code)
}

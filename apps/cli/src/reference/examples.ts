/** One example for each command, by its words; `--help`, the manual page and the reference show it. */
const EXAMPLES: Readonly<Record<string, string>> = {
  demo: 'p2pd demo',
  infra: 'p2pd infra --host 203.0.113.1 --turn-user alice:secret',
  daemon: 'p2pd daemon --require-token',
  id: 'p2pd id',
  listen: 'p2pd listen --echo',
  connect: 'p2pd connect bob --send hello --recv 5',
  netcheck: 'p2pd netcheck --json',
  portmap: 'p2pd portmap --port 8080 --protocol tcp',
  repl: 'p2pd repl',
  ping: 'p2pd ping bob --until-direct',
  serve: 'p2pd serve 22 web=localhost:3000 --allow alice',
  forward: 'p2pd forward 8080 bob:web',
  socks: 'p2pd socks 1080 bob',
  pair: 'p2pd pair --remember bob',
  send: 'p2pd send bob photos/ notes.txt',
  receive: 'p2pd receive --code ~/Downloads',
  status: 'p2pd status',
  doctor: 'p2pd doctor bob',
  bugreport: 'p2pd bugreport --output report.json',
  load: 'p2pd load mqtt://127.0.0.1:1883 --nodes 10000',
  completion: 'p2pd completion bash > ~/.local/share/bash-completion/completions/p2pd',
  'contact add': 'p2pd contact add bob ID',
  'contact list': 'p2pd contact list',
  'contact remove': 'p2pd contact remove bob',
  'peers pending': 'p2pd peers pending',
  'peers accept': 'p2pd peers accept ID --remember bob',
  'peers block': 'p2pd peers block ID',
  'lab list': 'p2pd lab list',
  'lab run': 'p2pd lab run scenario.json --pcap out.pcap --link alice',
  'lab replay': 'p2pd lab replay report.json --output scenario.json',
  'lab matrix': 'p2pd lab matrix --presets home,carrier',
  'lab population': 'p2pd lab population --pairs 1000 --seed 7',
  'lab shell': 'p2pd lab shell alice -- ip address',
}

/** The example of a command, such as `contact add`; undefined when there is none. */
export function exampleOf(words: string): string | undefined {
  return EXAMPLES[words]
}

/**
 * Everything that a hostile page can try against a daemon at `base`, which holds a pipe called `victim`. It runs in the
 * browser, so it uses nothing from around it. Returns whatever it could read, once its requests and sockets have ended. Its
 * elements and windows may still load.
 */
export async function attack(base: string): Promise<string[]> {
  const read: string[] = []
  const scope = globalThis as unknown as { document: HtmlDocument; Image: new () => { src: string } } & Globals
  const { document } = scope
  const add = (name: string, attributes: Record<string, string>) => {
    const element = document.createElement(name)
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
    document.body.append(element)
    return element
  }
  const tryFetch = async (path: string, request: object) => {
    try {
      const response = await scope.fetch(base + path, request)
      const text = await response.text()
      if (text !== '') read.push(`${path}: ${text}`)
    } catch {
      // The browser keeps the answer from the page, or the request from the daemon.
    }
  }
  new scope.Image().src = `${base}/p2p/open/by-image/self`
  add('img', { src: `${base}/p2p/close/victim` })
  add('script', { src: `${base}/p2p/open/by-script/self` })
  add('link', { rel: 'stylesheet', href: `${base}/p2p/open/by-style/self` })
  add('iframe', { src: `${base}/p2p/open/by-frame/self` })
  const inner = `<script>fetch('${base}/p2p/open/by-sandbox/self', { mode: 'no-cors' }); new WebSocket('${base.replace('http', 'ws')}/v1/events')</script>`
  add('iframe', { sandbox: 'allow-scripts allow-forms', srcdoc: inner })
  for (const [method, path] of [
    ['post', '/p2p/binary/victim'],
    ['post', '/v1/pipes/victim/messages'],
    ['get', '/p2p/open/by-form/self'],
  ] as const) {
    add('iframe', { name: path })
    const form = add('form', { method, action: base + path, target: path, enctype: 'text/plain' })
    form.submit()
  }
  scope.navigator.sendBeacon(`${base}/p2p/binary/victim`, 'by beacon')
  scope.open(`${base}/p2p/open/by-window/self`)
  const trySocket = (path: string) =>
    new Promise<void>((resolve) => {
      const socket = new scope.WebSocket(base.replace('http', 'ws') + path)
      socket.onclose = resolve
      socket.onopen = () => {
        read.push(`${path}: a WebSocket opened`)
        socket.send('by socket')
        resolve()
      }
    })
  const tryEvents = new Promise<void>((resolve) => {
    const events = new scope.EventSource(`${base}/v1/events`)
    events.onerror = resolve
    events.onopen = () => {
      read.push('events opened')
      resolve()
    }
  })
  const json = { 'content-type': 'application/json' }
  await Promise.all([
    tryFetch('/p2p/open/by-fetch/self', { mode: 'no-cors' }),
    tryFetch('/p2p/binary/victim', { mode: 'no-cors', method: 'POST', body: 'by fetch' }),
    tryFetch('/v1/pipes/by-put', { method: 'PUT', headers: json, body: '{"target":"self"}' }),
    tryFetch('/v1/pipes/victim', { method: 'DELETE' }),
    tryFetch('/v1/node', {}),
    tryFetch('/', {}),
    tryFetch('/metrics', { credentials: 'include' }),
    ...['/p2p/pipe/victim', '/v1/events', '/v1/pipes/victim/stream'].map(trySocket),
    tryEvents,
  ])
  return read
}

/** The requests that reach the daemon in the end, beside those that the attack waits for. */
export const ATTACKS = [
  ...['image', 'script', 'style', 'frame', 'sandbox', 'form', 'window'].map((way) => `/p2p/open/by-${way}/self`),
  '/p2p/close/victim',
  '/v1/pipes/victim/messages',
] as const

/** The parts of a browser that an attack uses; this workspace has no types of browsers. */
interface Globals {
  fetch(url: string, request: object): Promise<{ text(): Promise<string> }>
  open(url: string): unknown
  readonly navigator: { sendBeacon(url: string, body: string): boolean }
  readonly WebSocket: new (url: string) => { onopen: () => void; onclose: () => void; send(text: string): void }
  readonly EventSource: new (url: string) => { onopen: () => void; onerror: () => void }
}

interface HtmlDocument {
  createElement(name: string): HtmlElement
  readonly body: { append(element: HtmlElement): void }
}

interface HtmlElement {
  setAttribute(name: string, value: string): void
  submit(): void
}

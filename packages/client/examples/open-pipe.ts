// Opens a pipe through a running daemon (`p2pd daemon`), sends a message and reads the answer.
import { ClientError, createClient } from '@p2pd/client'

const daemon = createClient({ url: process.env.P2PD_URL ?? 'http://127.0.0.1:12333' })

try {
  const at = { path: { name: 'example' } }
  const pipe = await daemon.request('put /v1/pipes/{name}', { ...at, body: { target: 'self' } })
  await daemon.request('post /v1/pipes/{name}/messages', { ...at, body: { text: 'ECHO hello' } })
  const query = { timeoutMs: 2000 }
  const message = await daemon.request('get /v1/pipes/{name}/messages', { ...at, query })
  console.log(`${pipe.strategy}: ${message?.text}`)
  await daemon.request('delete /v1/pipes/{name}', at)
} catch (error) {
  if (!(error instanceof ClientError)) throw error
  console.log(error.code, error.problem?.code ?? '', error.message)
}

import { startMqttBroker } from '@p2pd/infra'
import { createIdentity, nameResolver, startNode } from '@p2pd/node/node'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServiceAdmission } from '../admission/service-admission.ts'
import type { DaemonOptions } from '../start-daemon.ts'
import { type Stage, startStage } from './daemon-stage.ts'

/** Two daemons that have a broker in common. */
export interface StagePair {
  readonly alice: Stage
  readonly bob: Stage
  readonly folder: string
  close(): Promise<void>
}

/** Starts two daemons that have a broker in common, and each its contacts. */
export async function startPair(options: Partial<DaemonOptions> = {}): Promise<StagePair> {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-pair-'))
  const broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
  const side = async (name: string) => {
    const contactsFile = join(folder, `${name}.json`)
    const admission = new ServiceAdmission({ contactsFile, pendingFile: join(folder, `${name}-pending.json`) })
    const node = await startNode({
      servers: { stun: [], turn: [], mqtt: broker.urls },
      identity: createIdentity(),
      admit: admission.admit,
      names: nameResolver({ contactsFile }),
    })
    await node.ready()
    const downloads = join(folder, `${name}-downloads`)
    return startStage({ ...options, node, admission, contactsFile, downloads })
  }
  const [alice, bob] = await Promise.all([side('alice'), side('bob')])
  const close = async () => {
    await Promise.all([alice.close(), bob.close()])
    await broker.close()
    rmSync(folder, { recursive: true })
  }
  return { alice, bob, folder, close }
}

/** Runs a test with two daemons that have a broker in common, and each its contacts. */
export async function withPair(
  work: (alice: Stage, bob: Stage, folder: string) => Promise<void>,
  options: Partial<DaemonOptions> = {},
): Promise<void> {
  const { alice, bob, folder, close } = await startPair(options)
  try {
    await work(alice, bob, folder)
  } finally {
    await close()
  }
}

/** A request over the Unix socket or over TCP with a JSON body; the status and the JSON of the answer. */
export async function ask(
  { daemon }: Pick<Stage, 'daemon'>,
  route: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const [method = 'GET', path = ''] = route.split(' ')
  const answer = await fetch(daemon.url + path, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}

import { expect, test } from '@jest/globals'
import { addContact, type Node, type PeerPipe } from '@p2pd/node'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextPipe, Stage } from '../../testdata/nodes.ts'
import { updateContacts } from '../contacts-file.ts'
import { verifyEd25519 } from '../identity.ts'
import { contactsAdmission } from './contacts-admission.ts'
import { loadPending } from './pending-file.ts'

const textOf = async (pipe: PeerPipe) => new TextDecoder().decode((await pipe.recv()).data)

interface Play {
  readonly stage: Stage
  readonly caller: Node
  readonly serve: (allow: readonly string[]) => Promise<{ readonly callee: Node; readonly address: string }>
  readonly addCaller: (allow?: readonly string[], isBlocked?: boolean) => Promise<unknown>
  readonly pendingFile: string
}

const play = (act: (play: Play) => Promise<void>) =>
  Stage.run(async (stage) => {
    const folder = await mkdtemp(join(tmpdir(), 'p2pd-admission-'))
    stage.endWith(() => rm(folder, { recursive: true }))
    const [contactsFile, pendingFile] = [join(folder, 'contacts.json'), join(folder, 'pending.json')]
    const caller = await stage.node([])
    const serve = async (allow: readonly string[]) => {
      const callee = await stage.node([], { admit: contactsAdmission({ allow, contactsFile, pendingFile }) })
      callee.serve('greeting', (pipe) => pipe.send('hello'))
      return { callee, address: await callee.address() }
    }
    const addCaller = (allow?: readonly string[], isBlocked = false) => {
      const contact = { name: 'caller', target: caller.id, isBlocked, ...(allow && { allow }) }
      return updateContacts((known) => addContact(known, contact, verifyEd25519), contactsFile)
    }
    await act({ stage, caller, serve, addCaller, pendingFile })
  })

test('H1: a service is for contacts; a stranger gets one answer for it and for what there is not', () =>
  play(async ({ caller, serve, addCaller }) => {
    const { callee, address } = await serve(['contacts'])
    const refusal = async (service: string) => {
      const error = await caller.connect(address, { service }).catch((fault: Error) => fault)
      return String((error as Error).message).replace(service, 'it')
    }
    expect(await refusal('greeting')).toBe(await refusal('unheard-of'))
    await addCaller()
    const pipe = await caller.connect(address, { service: 'greeting' })
    expect([await textOf(pipe), pipe.service]).toEqual(['hello', 'greeting'])
    await addCaller(['web'])
    await expect(caller.connect(address, { service: 'greeting' })).rejects.toMatchObject({
      code: 'NODE_SERVICE',
    })
    await addCaller(['greeting'])
    await expect(caller.connect(address, { service: 'unheard-of' })).rejects.toMatchObject({
      code: 'NODE_SERVICE',
    })
    const next = nextPipe(callee)
    await caller.connect(address)
    expect((await next).service).toBe('')
    await addCaller(undefined, true)
    const raw = await caller.connect(address)
    await expect(raw.opened).rejects.toMatchObject({ code: 'NODE_SERVICE' })
  }))

test('H1: an unknown caller waits, other programs see it, and it is let in when it becomes a contact', () =>
  play(async ({ caller, serve, addCaller, pendingFile }) => {
    const { callee, address } = await serve(['ask'])
    const noticed = new Promise<string>((resolve) =>
      callee.onEvent((event) => {
        if (event.type === 'waiting') resolve(event.caller.service)
      }),
    )
    const calling = caller.connect(address, { service: 'greeting' })
    expect(await noticed).toBe('greeting')
    expect(await loadPending(pendingFile)).toMatchObject([{ peer: caller.id, service: 'greeting' }])
    expect((await stat(pendingFile)).mode & 0o777).toBe(0o600)
    await addCaller()
    expect(await textOf(await calling)).toBe('hello')
    expect([await loadPending(pendingFile), callee.waiting()]).toEqual([[], []])
  }))

test('H1: a caller that waits is accepted or refused by the program itself, and gives up with its call', () =>
  play(async ({ caller, serve }) => {
    const { callee, address } = await serve(['ask'])
    callee.onEvent((event) => {
      if (event.type === 'waiting') event.caller.refuse()
    })
    const refused = caller.connect(address, { service: 'greeting' })
    await expect(refused).rejects.toMatchObject({ code: 'NODE_SERVICE' })
    const other = await serve(['ask'])
    const late = caller.connect(other.address, { service: 'greeting', timeoutMs: 500 })
    await expect(late).rejects.toMatchObject({ code: 'NODE_TIMEOUT' })
  }))

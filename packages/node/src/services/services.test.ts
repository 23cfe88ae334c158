import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { PassThrough } from 'node:stream'
import type { Admit } from '../calls/admission.ts'
import type { PeerPipe } from '../pipes/peer-pipe.ts'
import { Services } from './services.ts'
import type { WaitingCaller } from './waiting-room.ts'

function servicesOf(admit?: Admit, takesPipes = true) {
  const clock = new ManualClock()
  const noticed: WaitingCaller[] = []
  const logged: string[] = []
  const services = new Services({
    clock,
    admit,
    takesPipes: () => takesPipes,
    onWaiting: (caller) => noticed.push(caller),
    log: (event) => void logged.push(event),
  })
  const ask = (service: string, peer = 'alice', stream = new PassThrough()) =>
    services.admit({ peer, service }, stream)
  return { clock, services, ask, noticed, logged }
}

/** The answers of promises; undefined for one that waits. */
const settled = (promises: readonly Promise<boolean>[]) =>
  Promise.all(promises.map((promise) => Promise.race([promise, new Promise((done) => setImmediate(done))])))

test('H1: without a decision of the program the raw pipe is for everyone, and a service for nobody', async () => {
  const { services, ask } = servicesOf()
  services.serve('web', () => {})
  expect(await settled([ask(''), ask('web'), ask('other')])).toEqual([true, false, false])
  expect(await settled([servicesOf(() => true, false).ask('')])).toEqual([false])
})

test('H1: the program is asked for services that there are not, too: a stranger cannot tell them apart', async () => {
  const asked: string[] = []
  const { services, ask } = servicesOf(({ peer, service }) => asked.push(service) > 0 && peer === 'alice')
  services.serve('web', () => {})
  expect(await settled([ask('web', 'mallory'), ask('other', 'mallory')])).toEqual([false, false])
  expect(await settled([ask('web'), ask('other')])).toEqual([true, false])
  expect(asked).toEqual(['web', 'other', 'web', 'other'])
})

test('H1: a caller waits for a decision, for 60 s at most, and the program learns when it no longer waits', async () => {
  const ended: string[] = []
  const never: Admit = ({ service }, signal) =>
    new Promise(() => signal.addEventListener('abort', () => ended.push(service)))
  const { clock, services, ask, noticed } = servicesOf(never)
  for (const name of ['a', 'b', 'c', 'd']) services.serve(name, () => {})
  const leaving = new PassThrough()
  const decisions = [ask('a'), ask('b'), ask('c'), ask('d', 'alice', leaving)]
  await clock.advance(1000)
  expect(noticed.map(({ service }) => service)).toEqual(['a', 'b', 'c', 'd'])
  services.waiting()[0]?.accept()
  services.waiting()[0]?.refuse()
  leaving.destroy()
  await new Promise((done) => setImmediate(done))
  expect(services.waiting().map(({ service }) => service)).toEqual(['c'])
  expect(await settled(decisions)).toEqual([true, false, undefined, false])
  await clock.advance(60_000)
  expect(await settled(decisions)).toEqual([true, false, false, false])
  expect([ended, clock.pending, services.waiting()]).toEqual([['a', 'b', 'd', 'c'], 0, []])
})

test('H1: the caller of a raw pipe waits for 2 s, and a decision that comes at once is not shown as waiting', async () => {
  const { clock, ask, noticed } = servicesOf(({ peer }) =>
    peer === 'slow' ? new Promise(() => {}) : Promise.resolve(true),
  )
  const [quick, slow] = [ask('', 'quick'), ask('', 'slow')]
  expect(await settled([quick, slow])).toEqual([true, undefined])
  await clock.advance(2000)
  expect(await settled([slow])).toEqual([false])
  expect(noticed.map(({ peer }) => peer)).toEqual(['slow'])
})

test('H1: four callers of a peer wait, and 64 of all; the others are refused at once', async () => {
  const { services, ask } = servicesOf(() => new Promise(() => {}))
  const decisions = Array.from({ length: 200 }, (_, index) => ask('web', `peer${Math.floor(index / 5)}`))
  const answers = await settled(decisions)
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(64)
  expect(answers.slice(0, 5)).toEqual([undefined, undefined, undefined, undefined, false])
  services.close()
  expect(new Set(await settled(decisions))).toEqual(new Set([false]))
})

test('a decision that fails is a no, and is logged', async () => {
  const { services, ask, logged } = servicesOf(({ service }) => {
    if (service === 'web') throw new Error('broken')
    return Promise.reject(new Error('broken later'))
  })
  services.serve('web', () => {})
  services.serve('other', () => {})
  expect([await ask('web'), await ask('other')]).toEqual([false, false])
  expect(logged).toEqual(['admission-failed', 'admission-failed'])
})

test('a name is served once, until it is withdrawn; a handler that fails closes its pipe', async () => {
  const { services, ask, logged } = servicesOf(() => true)
  const withdraw = services.serve('web', () => Promise.reject(new Error('broken')))
  for (const name of ['web', '', 'é'.repeat(128)]) {
    expect(() => services.serve(name, () => {})).toThrow(expect.objectContaining({ code: 'NODE_BAD_OPTION' }))
  }
  let closed = 0
  const pipe = {
    peer: 'alice',
    service: 'web',
    close: async () => void closed++,
  } as Partial<PeerPipe> as PeerPipe
  expect([services.open(pipe), services.open({ ...pipe, service: '' })]).toEqual([true, false])
  await new Promise((done) => setImmediate(done))
  expect([closed, logged]).toEqual([1, ['service-failed']])
  withdraw()
  expect([await ask('web'), services.open(pipe), closed]).toEqual([false, true, 2])
})

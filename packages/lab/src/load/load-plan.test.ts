import { expect, test } from '@jest/globals'
import { checkLoadPlan, type LoadPlan } from './load-plan.ts'

const plan: LoadPlan = { brokers: ['mqtt://127.0.0.1:1883'], nodes: 2, calls: 0, seed: 1 }
const onLab = { P2PD_LAB_IPV4: '5.5.0.2', P2PD_LAB_SERVER_IPV4: '5.5.0.3,5.5.0.4', P2PD_LAB_IPV6: 'fd00::2' }

function refusalOf(change: Partial<LoadPlan>, environment: Record<string, string> = {}): unknown {
  try {
    checkLoadPlan({ ...plan, ...change }, environment)
    return undefined
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return [code, message]
  }
}

test.each([
  ['mqtt://127.0.0.1:1883', {}],
  ['mqtts://user:password@127.9.9.9:8883', {}],
  ['ws://[::1]:80/mqtt', {}],
  ['mqtt://localhost', {}],
  ['mqtt://5.5.0.4:1883', onLab],
  ['mqtt://[fd00:0:0::2]:1883', onLab],
])('%s is a broker of this machine or of its lab', (broker, environment) => {
  expect(refusalOf({ brokers: [broker] }, environment)).toBeUndefined()
})

test.each([
  ['mqtt://broker.example:1883', {}],
  ['mqtt://192.168.1.1:1883', {}],
  // An address of the lab is somebody else's outside of it.
  ['mqtt://5.5.0.4:1883', {}],
  ['mqtt://5.5.0.9:1883', onLab],
  ['mqtt://0.0.0.0:1883', {}],
  ['mqtt://127.0.0.1.example', {}],
  ['mqtt://localhost@203.0.113.1', {}],
])('%s is refused', (broker, environment) => {
  const message = expect.stringMatching(/is neither loopback nor a host of the lab/)
  const brokers = [...plan.brokers, broker]
  expect(refusalOf({ brokers }, environment)).toEqual(['LAB_LOAD_REFUSED', message])
})

test.each([
  [{ nodes: 1 }, /^nodes: 1 is not/],
  [{ nodes: 25_001 }, /^nodes: 25001 is not a whole number from 2 to 25000$/],
  [{ calls: 1_000_001 }, /^calls: /],
  [{ calls: 0.5 }, /^calls: /],
  [{ atOnce: 0 }, /^atOnce: /],
  [{ limitMs: 3_600_001 }, /^limitMs: /],
  [{ brokers: [] }, /needs a broker/],
  [{ brokers: ['127.0.0.1'] }, /needs a URL/],
])('%j is out of bounds', (change, message) => {
  expect(refusalOf(change)).toEqual(['LAB_LOAD_REFUSED', expect.stringMatching(message)])
})

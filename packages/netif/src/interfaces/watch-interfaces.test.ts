import { describe, expect, test } from '@jest/globals'
import { type Interface, watchInterfaces } from '@p2pd/netif'
import { ManualClock } from '../testing/manual-clock.ts'
import { testNic } from '../testdata/nics.ts'

/** NICs that a test changes, and what the watcher made of it. */
function machine() {
  const state = {
    nics: [] as Interface[],
    looks: 0,
    failing: false,
    types: [] as string[],
    errors: [] as unknown[],
  }
  const clock = new ManualClock()
  const options = {
    clock,
    list: async () => {
      state.looks++
      if (state.failing) throw new Error('no /proc')
      return state.nics
    },
    onChange: (changes: readonly { type: string }[]) => {
      state.types.push(...changes.map(({ type }) => type))
    },
    onError: (error: unknown) => {
      state.errors.push(error)
    },
  }
  return { state, clock, options }
}

describe('watching interfaces', () => {
  test('tells changes by the next look, not the state it began with', async () => {
    const { state, clock, options } = machine()
    state.nics = [testNic('eth0', ['192.168.1.5'])]
    const watcher = await watchInterfaces(options)
    await clock.advance(10_000)
    expect([state.looks, state.types]).toEqual([6, []])
    state.nics = [testNic('eth0', ['192.168.1.6'])]
    await clock.advance(1999)
    expect(state.types).toEqual([])
    await clock.advance(1)
    expect(state.types).toEqual(['address-removed', 'address-added'])
    watcher.close()
    expect(clock.pending).toBe(0)
  })

  test('with a hint it looks within a second of a change, and otherwise seldom', async () => {
    const { state, clock, options } = machine()
    const watcher = await watchInterfaces({
      ...options,
      periodMs: 60_000,
      hint: () => JSON.stringify(state.nics),
    })
    await clock.advance(59_000)
    expect(state.looks).toBe(1)
    await clock.advance(1_000)
    expect(state.looks).toBe(2)
    state.nics = [testNic('eth0', ['192.168.1.6'])]
    await clock.advance(1_000)
    expect([state.looks, state.types]).toEqual([3, ['up', 'address-added']])
    watcher.close()
  })

  test('while somebody attends it reads the hint five times a second, and no longer afterwards', async () => {
    const { state, clock, options } = machine()
    const hint = () => JSON.stringify(state.nics)
    const watcher = await watchInterfaces({ ...options, periodMs: 60_000, hint })
    for (const [isAttentive, noticedMs] of [
      [true, 200],
      [false, 1000],
    ] as const) {
      watcher.attend(isAttentive)
      state.nics = [testNic('eth0', [`192.168.1.${noticedMs / 10}`])]
      state.types = []
      await clock.advance(noticedMs - 1)
      expect(state.types).toEqual([])
      await clock.advance(1)
      expect(state.types).toContain('address-added')
    }
    watcher.close()
    watcher.attend(true)
    expect(clock.pending).toBe(0)
  })

  test('a reading that fails is reported, and the next one goes on from what was known', async () => {
    const { state, clock, options } = machine()
    const watcher = await watchInterfaces(options)
    state.failing = true
    await clock.advance(2000)
    expect([state.errors.length, state.types]).toEqual([1, []])
    state.failing = false
    state.nics = [testNic('eth0', [])]
    await clock.advance(2000)
    expect([state.errors.length, state.types]).toEqual([1, ['up']])
    watcher.close()
  })

  test('it looks when asked, once for all who ask, and tells nothing after close', async () => {
    const { state, clock, options } = machine()
    const watcher = await watchInterfaces(options)
    state.nics = [testNic('eth0', [])]
    await Promise.all([watcher.check(), watcher.check()])
    expect([state.looks, state.types]).toEqual([2, ['up']])
    state.nics = []
    const last = watcher.check()
    watcher.close()
    await last
    await clock.advance(10_000)
    expect([state.looks, state.types]).toEqual([3, ['up']])
  })

  test('I1: fault 12: a hint that throws, for want of descriptors, neither ends the process nor looks like a change', async () => {
    const { state, clock, options } = machine()
    state.nics = [testNic('eth0', ['192.168.1.5'])]
    const hint = () => {
      if (state.failing) throw new Error('uv_interface_addresses returned EMFILE')
      return JSON.stringify(state.nics)
    }
    const watcher = await watchInterfaces({ ...options, periodMs: 60_000, hint })
    state.failing = true
    await clock.advance(61_000)
    expect([state.looks, state.types, state.errors.length]).toEqual([2, [], 1])
    state.failing = false
    state.nics = [testNic('eth0', ['192.168.1.6'])]
    await clock.advance(1000)
    expect(state.types).toEqual(['address-removed', 'address-added'])
    watcher.close()
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { platform } from 'node:os'
import { expect, test } from '@jest/globals'
import { endLab, HOST_VARIABLE, LAB_VARIABLE, labProcesses, newLabTag, removeLeftovers } from './lab-tag.ts'

const testOnLinux = platform() === 'linux' ? test : test.skip

function startTagged(tag: string): ChildProcess {
  const env = { ...process.env, [LAB_VARIABLE]: tag, [HOST_VARIABLE]: 'alice' }
  return spawn('sleep', ['1000'], { env, stdio: 'ignore' })
}

testOnLinux('processes are found and ended by their lab’s tag, others are not', async () => {
  const [mine, other] = [newLabTag(), newLabTag()]
  const [one, two] = [startTagged(mine), startTagged(other)]
  const gone = once(one, 'exit')
  await Promise.all([once(one, 'spawn'), once(two, 'spawn')])
  expect(labProcesses()).toContainEqual(
    expect.objectContaining({ pid: one.pid, tag: mine, host: 'alice', isKeeper: false }),
  )
  endLab(mine)
  expect(labProcesses().map(({ pid }) => pid)).not.toContain(one.pid)
  await gone
  expect(labProcesses().map(({ pid }) => pid)).toContain(two.pid)
  endLab(other)
  await once(two, 'exit')
})

testOnLinux('only labs whose process is gone are leftovers', async () => {
  const mine = newLabTag()
  const [namespace, pid, start] = mine.split('-')
  // As if made by an earlier process with this one's id, and by one in another PID namespace.
  const [orphan, foreign] = [`${namespace}-${pid}-${Number(start) - 1}-1`, `1-${pid}-1-1`]
  const children = [mine, orphan, foreign].map((tag) => startTagged(tag))
  const exits = children.map((child) => once(child, 'exit'))
  await Promise.all(children.map((child) => once(child, 'spawn')))
  expect(removeLeftovers()).toContain(orphan)
  await exits[1]
  const left = labProcesses().map(({ tag }) => tag)
  expect(left).toEqual(expect.arrayContaining([mine, foreign]))
  for (const tag of [mine, foreign]) endLab(tag)
  await Promise.all(exits)
})

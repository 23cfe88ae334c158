import { rateOf, sessionPair, tlsPair } from './measure.ts'
const BIG = new Uint8Array(64 * 1024)
const n = 512 * 2 ** 20
if (process.argv[2] === 'raw') {
  const c0 = process.cpuUsage()
  console.log('raw', await rateOf(await tlsPair(), n, BIG))
  console.log(process.cpuUsage(c0))
  process.exit()
}
const [a, b] = await sessionPair()
const c0 = process.cpuUsage()
console.log(await rateOf([a.pipe, b.pipe], n, BIG), a.roundTripMs)
console.log(process.cpuUsage(c0))
process.exit()

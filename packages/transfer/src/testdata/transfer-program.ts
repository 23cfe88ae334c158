/**
 * One end of a transfer over TCP, to be killed: `send PORT PATH` or `receive PORT FOLDER`. Prints its result when it is done,
 * and the most memory that it had.
 */
import { connect } from 'node:net'
import { argv } from 'node:process'
import { receiveFiles, sendFiles } from '../nodejs/index.ts'

const [, , role = '', port = '', path = ''] = argv
// Linux counts the memory of the parent process in `maxRSS` of `process.resourceUsage`.
let peakBytes = 0
const watching = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 10)
const stream = connect(Number(port), '127.0.0.1')
const result =
  role === 'send'
    ? await sendFiles(stream, [path])
    : await receiveFiles(stream, path, { peer: 'alice', consent: () => true })
console.log(JSON.stringify({ ...result, peakBytes }))
clearInterval(watching)

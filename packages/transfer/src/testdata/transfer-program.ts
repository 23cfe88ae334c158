/**
 * One end of a transfer over TCP, to be killed: `send PORT PATH` or `receive PORT FOLDER`. Prints its result when it is done,
 * and the most memory that it had.
 */
import { connect } from 'node:net'
import { argv } from 'node:process'
import { receiveFiles, sendFiles } from '../nodejs/index.ts'

const [, , role = '', port = '', path = ''] = argv
const stream = connect(Number(port), '127.0.0.1')
const result =
  role === 'send'
    ? await sendFiles(stream, [path])
    : await receiveFiles(stream, path, { peer: 'alice', consent: () => true })
// Linux, macOS and Windows alike report kilobytes of 1,024 bytes.
console.log(JSON.stringify({ ...result, peakBytes: process.resourceUsage().maxRSS * 1024 }))

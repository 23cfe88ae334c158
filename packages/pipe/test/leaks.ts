/** `leaks.ts TRANSPORT CYCLES` prints what was active before and after, as JSON; a process of its own has no other timers. */
import { activeResources, openAndClose } from './open-close.ts'

const [, , transport, cycles] = process.argv
const before = await activeResources()
await openAndClose(transport as 'tcp' | 'udp', Number(cycles))
const after = await activeResources()
process.stdout.write(JSON.stringify({ before, after }))

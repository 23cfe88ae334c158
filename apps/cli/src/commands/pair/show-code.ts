import type { WriteStream } from 'node:tty'
import type { Context } from '../../context.ts'
import { qrCode } from './qr-code.ts'

/** Shows a code and the whole command of the other side; the same as a picture where a camera can see it. */
export function showCode({ output, stderr, env }: Context, code: string, command: string): void {
  output.event({ event: 'code', code, command })
  if (output.json) return
  const { isTTY, columns, rows } = stderr as Partial<WriteStream>
  const picture =
    isTTY === true && env.TERM !== 'dumb' ? qrCode(command, columns || 80, rows || 24) : undefined
  if (picture !== undefined) output.info(picture)
  output.result(code)
  output.info(`The other side runs: ${command}\nThe code is good for ten minutes, and for one pairing.`)
}

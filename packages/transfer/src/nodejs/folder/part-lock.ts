import { open, readFile, rm } from 'node:fs/promises'
import { pid } from 'node:process'
import { TransferError } from '../../transfer-error.ts'
import { osCode } from '../os-failure.ts'

const heldHere = new Set<string>()

/** A file that only one transfer holds at a time. One that a killed process left behind is replaced. */
export class PartLock {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** @throws TransferError `TRANSFER_BUSY` while another transfer holds it. */
  static async take(path: string, boot: string): Promise<PartLock> {
    if (heldHere.has(path)) throw busy()
    heldHere.add(path)
    try {
      await makeFile(path, boot)
      return new PartLock(path)
    } catch (error) {
      heldHere.delete(path)
      throw error
    }
  }

  async release(): Promise<void> {
    heldHere.delete(this.#path)
    await rm(this.#path, { force: true })
  }
}

async function makeFile(path: string, boot: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(`${pid} ${boot}`)
      await file.close()
      return
    } catch (error) {
      if (osCode(error) !== 'EEXIST') throw error
      if (attempt > 0 || (await isHeld(path, boot))) throw busy()
      await rm(path, { force: true })
    }
  }
}

async function isHeld(path: string, boot: string): Promise<boolean> {
  const [holder = '', itsBoot = ''] = (await readFile(path, 'utf8').catch(() => '')).split(' ')
  const number = Number(holder)
  if (itsBoot !== boot || !Number.isInteger(number) || number <= 0 || number === pid) return false
  try {
    process.kill(number, 0)
    return true
  } catch (error) {
    return osCode(error) === 'EPERM' // It lives, and belongs to another user.
  }
}

function busy(): TransferError {
  const message = 'another transfer of the same peer into the same folder is under way'
  return new TransferError('TRANSFER_BUSY', message)
}

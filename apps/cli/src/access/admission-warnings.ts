import { defaultContactsFile, loadContacts } from '@p2pd/node/node'
import type { Context } from '../context.ts'

type Log = (event: string, fields: object) => void

/** Tells a person that callers are refused for a fault of this side, each fault once. */
export interface AdmissionWarnings {
  /** Warns when the contacts file can't be used now. */
  checkContacts(): Promise<void>
  /** A log that warns when the decision about a caller has failed. */
  watching(log: Log): Log
}

/** Warnings to standard error: a contacts file that can't be read refuses everybody, and a caller is not warned why. */
export function admissionWarnings({ env, output }: Pick<Context, 'env' | 'output'>): AdmissionWarnings {
  let warned = ''
  const warn = (reason: string) => {
    if (reason === warned) return
    warned = reason
    output.error(`callers are refused until this is mended: ${reason}`)
  }
  return {
    async checkContacts() {
      try {
        await loadContacts(defaultContactsFile(env))
      } catch (error) {
        const { code, message } = error as Error & { code?: string }
        if (code === 'NODE_BAD_CONTACT') warn(message) // Without a home folder there are no contacts.
      }
    },
    watching: (log) => (event, fields) => {
      log(event, fields)
      if (event === 'admission-failed') warn((fields as { reason: string }).reason)
    },
  }
}

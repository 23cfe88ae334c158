/** Moments of a call at both ends, in milliseconds after the caller sent its offer; undefined where it did not come to it. */
export type Marks = Readonly<Record<string, number | undefined>>

interface Entry {
  readonly event: string
  readonly at: number
  readonly role?: string
}

/** Reads the log of level `debug`: an event and its fields on each line. Both ends run on one machine and its clock. */
export function marksOf(caller: readonly string[], callee: readonly string[]): Marks {
  const [here, there] = [caller, callee].map(entriesOf)
  const startedAt = firstOf(here, 'offer-sent')
  const after = (at: number | undefined) => (at === undefined ? undefined : at - (startedAt ?? Number.NaN))
  return {
    'record in hand': after(firstOf(here, 'record-fetched')),
    'caller punches': after(firstOf(here, 'punch-begun')),
    'offer received': after(firstOf(there, 'offer-received')),
    'callee punches': after(firstOf(there, 'punch-begun')),
    'path open, callee': after(firstOf(there, 'path-opened')),
    'path open, caller': after(firstOf(here, 'path-opened')),
    authenticated: after(firstOf(here, 'path-authenticated')),
  }
}

function entriesOf(lines: readonly string[]): Entry[] {
  return lines.flatMap((line) => {
    const match = /^([a-z-]+) (\{"at":.*\})$/.exec(line)
    if (match === null) return []
    const [, event = '', fields = '{}'] = match
    return [{ event, ...(JSON.parse(fields) as Omit<Entry, 'event'>) }]
  })
}

function firstOf(entries: readonly Entry[] | undefined, event: string): number | undefined {
  return entries?.find((entry) => entry.event === event)?.at
}

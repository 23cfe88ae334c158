/**
 * Rounds, short ones. On a busy machine single ratios range from 0.6 to 2. The median of 7 long rounds was once 0.2
 * off the median of many.
 */
const ROUNDS = 41

/** Runs ours and the raw way in turn, so that both meet the same machine, and takes the median ratio. */
export async function compare(
  name: string,
  bound: number,
  ways: { readonly raw: () => Promise<number>; readonly ours: () => Promise<number> },
): Promise<void> {
  await ways.raw() // warms up both
  await ways.ours()
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    // The two take turns at beginning: the second finds the machine warmer.
    const first = round % 2 === 0 ? await ways.raw() : await ways.ours()
    const second = round % 2 === 0 ? await ways.ours() : await ways.raw()
    ratios.push(round % 2 === 0 ? second / first : first / second)
  }
  const sorted = ratios.toSorted((a, b) => a - b)
  const quantile = (part: number) => sorted[Math.floor((ROUNDS - 1) * part)] ?? Number.NaN
  const spread = `quartiles ${quantile(0.25).toFixed(2)} and ${quantile(0.75).toFixed(2)}`
  report(name, quantile(0.5), bound, quantile(0.5) >= bound, `median of ${ROUNDS}, ${spread}`)
}

/** Prints a benchmark's one line, and makes the process fail when the bound is not kept. */
export function report(name: string, ratio: number, bound: number, isOk: boolean, note: string): void {
  console.log(`${name}: ratio ${ratio.toFixed(2)}, bound ${bound}, ${isOk ? 'ok' : 'NOT OK'} (${note})`)
  if (!isOk) process.exitCode = 1
}

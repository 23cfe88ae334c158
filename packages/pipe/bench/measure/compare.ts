/** Runs ours and the raw way in turn, so that both meet the same machine, and takes the median ratio. */
export async function compare(
  name: string,
  bound: number,
  ways: { readonly raw: () => Promise<number>; readonly ours: () => Promise<number> },
  rounds = 7,
): Promise<void> {
  await ways.raw() // warms up both
  await ways.ours()
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    // Who begins takes turns too: the second finds the machine warmer.
    const first = round % 2 === 0 ? await ways.raw() : await ways.ours()
    const second = round % 2 === 0 ? await ways.ours() : await ways.raw()
    ratios.push(round % 2 === 0 ? second / first : first / second)
  }
  const ratio = ratios.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
  report(name, ratio, bound, ratio >= bound, `median of ${rounds}`)
}

/** Prints a benchmark's one line, and makes the process fail when the bound is not kept. */
export function report(name: string, ratio: number, bound: number, isOk: boolean, note: string): void {
  console.log(`${name}: ratio ${ratio.toFixed(2)}, bound ${bound}, ${isOk ? 'ok' : 'NOT OK'} (${note})`)
  if (!isOk) process.exitCode = 1
}

/** Why: size, modules and dependencies grow a little with each change, and nobody would notice. */

/** The weight of one package. */
export interface Figures {
  /** Kilobytes of 1,000 bytes that are published. */
  readonly kilobytes: number
  /** Files of code that `import` loads, of dependencies too: each costs 0.3 to 0.5 ms on Node 20. */
  readonly modules: number
  /** Packages that npm installs with it, those of the workspace too, without those for one system. */
  readonly dependencies: number
}

/** Budgets: about a tenth above the figures of the day they were written. A change that needs more says why. */
export const budgets: Readonly<Record<string, Figures>> = {
  '@p2pd/client': { kilobytes: 40, modules: 2, dependencies: 0 },
  '@p2pd/infra': { kilobytes: 135, modules: 10, dependencies: 34 },
  '@p2pd/lab': { kilobytes: 390, modules: 17, dependencies: 41 },
  '@p2pd/nat': { kilobytes: 160, modules: 6, dependencies: 2 },
  '@p2pd/netif': { kilobytes: 170, modules: 3, dependencies: 0 },
  '@p2pd/node': { kilobytes: 710, modules: 17, dependencies: 27 },
  p2pd: { kilobytes: 5, modules: 29, dependencies: 65 },
  '@p2pd/pipe': { kilobytes: 120, modules: 5, dependencies: 1 },
  '@p2pd/portmap': { kilobytes: 160, modules: 19, dependencies: 3 },
  '@p2pd/punch': { kilobytes: 70, modules: 4, dependencies: 1 },
  '@p2pd/session': { kilobytes: 150, modules: 3, dependencies: 1 },
  '@p2pd/signal-mqtt': { kilobytes: 130, modules: 5, dependencies: 2 },
  '@p2pd/stun': { kilobytes: 80, modules: 5, dependencies: 1 },
  '@p2pd/transfer': { kilobytes: 175, modules: 5, dependencies: 1 },
  '@p2pd/turn': { kilobytes: 110, modules: 7, dependencies: 2 },
  '@p2pd/udx': { kilobytes: 35, modules: 5, dependencies: 12 },
  '@p2pd/cli': { kilobytes: 410, modules: 7, dependencies: 64 },
  '@p2pd/daemon': { kilobytes: 1_950, modules: 35, dependencies: 29 },
}

const units: Readonly<Record<keyof Figures, string>> = {
  kilobytes: 'kB are published',
  modules: 'modules are loaded by `import`',
  dependencies: 'packages come with it',
}

/** Returns a sentence for each budget that a package exceeds. */
export function overBudget(name: string, figures: Figures, all = budgets): string[] {
  const budget = all[name]
  if (!budget) return [`${name} has no budget in scripts/published/budgets.ts`]
  return (['kilobytes', 'modules', 'dependencies'] as const).flatMap((key) =>
    figures[key] > budget[key] ? [`${name}: ${figures[key]} ${units[key]}: at most ${budget[key]}`] : [],
  )
}

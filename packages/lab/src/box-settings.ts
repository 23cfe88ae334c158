import { LabError } from './lab-error.ts'
import type { BoxSettings, NatSettings } from './nat/settings.ts'
import { findPreset } from './presets.ts'
import type { BoxEntry } from './scenario.ts'

/**
 * The settings of a box: those of its preset, overridden group by group by its own. Throws `LAB_UNKNOWN_NAME` for an
 * unknown preset, and `LAB_INVALID_SETTINGS` when settings are missing.
 */
export function boxSettings({
  name,
  preset: presetName,
  settings = {},
}: Omit<BoxEntry, 'behind'>): BoxSettings {
  const preset = presetName === undefined ? undefined : findPreset(presetName)
  if (presetName !== undefined && preset === undefined)
    throw new LabError('LAB_UNKNOWN_NAME', `box ${name}: there is no preset ${JSON.stringify(presetName)}`)
  const merged = mergeGroups(preset?.settings ?? {}, settings) as unknown as BoxSettings
  if (!isComplete(merged))
    throw new LabError(
      'LAB_INVALID_SETTINGS',
      `box ${name}: needs a preset, a kind, or mapping and filtering`,
    )
  return merged
}

type Groups = Readonly<Record<string, unknown>>

/** `{ ports: { parity: true } }` over `{ ports: { blockSize: 512 } }` keeps both; a delta is replaced as a whole. */
function mergeGroups(base: object, over: object): Groups {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const isGroup = typeof value === 'object' && value !== null && key !== 'delta'
    merged[key] = isGroup ? { ...(merged[key] as object | undefined), ...value } : value
  }
  return merged
}

function isComplete(settings: BoxSettings): boolean {
  if (settings.kind === 'open' || settings.kind === 'firewall') return true
  const { mapping, filtering } = settings as Partial<NatSettings>
  return mapping !== undefined && filtering !== undefined
}

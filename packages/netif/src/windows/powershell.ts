/** The JSON of the four cmdlets of Windows. */
export interface WindowsSnapshot {
  readonly adapters: readonly Row[]
  readonly addresses: readonly Row[]
  readonly routes: readonly Row[]
  readonly interfaces: readonly Row[]
}

/** A CIM object's properties, as `ConvertTo-Json` writes them. */
export type Row = Readonly<Record<string, unknown>>

/**
 * Prints `WindowsSnapshot` as JSON. Properties are picked by their English names, which Windows does
 * not translate; enumerations come as numbers. UTF-8, because NICs' names may hold any letter.
 */
export const WINDOWS_SCRIPT = `
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
@{
  adapters = @(Get-NetAdapter | Select-Object ifIndex, Name, InterfaceDescription, InterfaceType, MacAddress, MtuSize, InterfaceOperationalStatus, Virtual, HardwareInterface)
  addresses = @(Get-NetIPAddress | Select-Object InterfaceIndex, InterfaceAlias, IPAddress, PrefixLength, SuffixOrigin, AddressState)
  routes = @(Get-NetRoute | Where-Object { $_.DestinationPrefix -match '/[0-3]$' } | Select-Object InterfaceIndex, DestinationPrefix, NextHop, RouteMetric)
  interfaces = @(Get-NetIPInterface | Select-Object InterfaceIndex, InterfaceAlias, AddressFamily, InterfaceMetric, ConnectionState, NlMtu)
} | ConvertTo-Json -Depth 4 -Compress
`

/** Parses what the script prints; what is not a snapshot is an empty one. */
export function parseWindowsSnapshot(text: string): WindowsSnapshot {
  const json = parseJson(text.replace(/^\uFEFF/, ''))
  const tables = isRow(json) ? json : {}
  return {
    adapters: rowsOf(tables.adapters),
    addresses: rowsOf(tables.addresses),
    routes: rowsOf(tables.routes),
    interfaces: rowsOf(tables.interfaces),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // the cmdlets are missing (Windows 7) or were forbidden: no snapshot
  }
}

/** PowerShell 5 writes some arrays as `{"value":[…],"Count":1}` and arrays of one as the one. */
function rowsOf(value: unknown): Row[] {
  if (Array.isArray(value)) return value.filter(isRow)
  if (!isRow(value)) return []
  return Array.isArray(value.value) ? value.value.filter(isRow) : [value]
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

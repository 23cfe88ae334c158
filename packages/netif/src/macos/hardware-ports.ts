/** Parses `networksetup -listallhardwareports`: the name of each device in System Settings, `Wi-Fi` for `en0`. */
export function parseHardwarePorts(text: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const [, port = '', device = ''] of text.matchAll(/^Hardware Port: (.+?)\r?\nDevice: (\S+)/gm)) {
    names.set(device, port)
  }
  return names
}

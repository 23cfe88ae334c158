/** The command line that a unit runs, and who runs it. */
export interface UnitOptions {
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** `system`: a user that systemd makes. `user`: the person that installs it, with that person's identity and contacts. */
  readonly scope: 'system' | 'user'
}

/** Limits that hold in both scopes. V8 makes code at run time, so memory may be written and run. systemd.exec(5). */
const ALWAYS = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictNamespaces=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'UMask=0077',
]

/** Limits that a system's unit alone can have. */
const SYSTEM = [
  'DynamicUser=yes',
  'StateDirectory=p2pd',
  'Environment=XDG_CONFIG_HOME=%S/p2pd',
  'ProtectSystem=strict',
  'ProtectHome=read-only',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'CapabilityBoundingSet=',
]

/** Writes the unit of the daemon. It ends within 5 s by itself, and is started again when it fails. systemd.service(5). */
export function formatUnit({ command, scope }: UnitOptions): string {
  const isSystem = scope === 'system'
  const network = ['After=network-online.target', 'Wants=network-online.target']
  return [
    '[Unit]',
    'Description=p2pd: direct, encrypted connections between programs',
    ...(isSystem ? network : []),
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map(quoted).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    'Restart=on-failure',
    'RestartSec=2',
    'TimeoutStopSec=10',
    ...(isSystem ? SYSTEM : []),
    ...ALWAYS,
    '',
    '[Install]',
    `WantedBy=${isSystem ? 'multi-user' : 'default'}.target`,
    '',
  ].join('\n')
}

/** A word of a command line: `%` and `$` stand for themselves, blanks and quotes are kept. systemd.syntax(7). */
function quoted(word: string): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w./:@=,+%$-]+$/.test(word) ? escaped : `"${escaped}"`
}

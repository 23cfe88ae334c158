import { expect, test } from '@jest/globals'
import { windowsProgram } from './run-program.ts'

test('programs of Windows are started by their full paths, never from the current folder', () => {
  expect(windowsProgram('arp.exe', { SystemRoot: 'D:\\Win' })).toBe('D:\\Win\\System32\\arp.exe')
  expect(windowsProgram('WindowsPowerShell\\v1.0\\powershell.exe', {})).toBe(
    'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
  )
})

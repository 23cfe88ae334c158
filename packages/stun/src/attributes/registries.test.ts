import { expect, test } from '@jest/globals'
import { AttributeType } from './attribute-type.ts'
import { ErrorCode } from './error-code.ts'
import { Method } from '../message-type.ts'
import { ATTRIBUTES, ERROR_CODES, METHODS } from '../testdata/iana-stun-parameters.ts'

/** `XOR-MAPPED-ADDRESS` to `XorMappedAddress`; a name already in PascalCase stays. */
function pascalCase(name: string): string {
  const words = name.split(/[-_ ]/)
  if (words.length === 1 && /[a-z]/.test(name)) return name
  return words.map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join('')
}

function parseRegistry(csv: string): Record<string, number> {
  const rows = csv.trim().split('\n')
  return Object.fromEntries(
    rows.map((row) => {
      const [value = '', name = ''] = row.split(',')
      const words = pascalCase(name)
      return [words.charAt(0).toUpperCase() + words.slice(1), Number(value)]
    }),
  )
}

test('methods are those of the IANA registry', () => {
  expect(Method).toEqual(parseRegistry(METHODS))
})

test('attribute types are those of the IANA registry, and one of our own', () => {
  const { ConnectBack, ...registered } = AttributeType
  expect(registered).toEqual(parseRegistry(ATTRIBUTES))
  expect(ConnectBack).toBeGreaterThanOrEqual(0xc000)
})

test('error codes are those of the IANA registry', () => {
  const names = Object.fromEntries(
    Object.entries(parseRegistry(ERROR_CODES)).map(([name, code]) => [name.toLowerCase(), code]),
  )
  const ours = Object.fromEntries(Object.entries(ErrorCode).map(([name, code]) => [name.toLowerCase(), code]))
  expect(ours).toEqual(names)
})

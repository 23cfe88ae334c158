import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'

type Definition = { properties?: object; additionalProperties?: unknown; unevaluatedProperties?: boolean }
interface Schema {
  readonly $id?: string
  readonly $defs: Record<string, Definition>
}

const PREFIX = 'command.'
const schema = JSON.parse(
  readFileSync(new URL('../../../../docs/cli.schema.json', import.meta.url), 'utf8'),
) as Schema
const validators = new Map<string, ValidateFunction>()
let compiler: Ajv2020 | undefined

/** The commands whose events docs/cli.schema.json describes, such as `contact add`. */
export function describedCommands(): string[] {
  return Object.keys(schema.$defs).flatMap((name) =>
    name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [],
  )
}

/**
 * Fails when a line that a command has printed with `--json` is not as docs/cli.schema.json describes it. A field that the
 * schema does not name fails as well. Readers of the schema must skip such fields; the tests may not, or it would fall
 * behind.
 */
export function checkEvents(args: readonly string[], lines: readonly string[]): void {
  if (!args.includes('--json')) return
  const command = describedCommands()
    .filter((words) => words.split(' ').every((word, index) => args[index] === word))
    .sort((a, b) => b.length - a.length)[0]
  if (command === undefined) throw new Error(`docs/cli.schema.json has no command of: ${args.join(' ')}`)
  const validate = validatorOf(command)
  for (const line of lines) {
    if (validate(JSON.parse(line))) continue
    throw new Error(`p2pd ${command}: not as in docs/cli.schema.json: ${line}\n${JSON.stringify(validate.errors)}`)
  }
}

function validatorOf(command: string): ValidateFunction {
  const known = validators.get(command)
  if (known !== undefined) return known
  compiler ??= new Ajv2020({ allowUnionTypes: true }).addSchema(strict(), 'cli')
  const validate = compiler.compile({ $ref: `cli#/$defs/${PREFIX}${command.replaceAll(' ', '%20')}` })
  validators.set(command, validate)
  return validate
}

/** The schema, with every field that it does not name forbidden. */
function strict(): Schema {
  const close = (definition: Definition): Definition =>
    definition.properties !== undefined && definition.additionalProperties === undefined
      ? { ...definition, additionalProperties: false }
      : definition
  const entries = Object.entries(schema.$defs).map(([name, definition]) => [name, close(definition)])
  return { ...schema, $defs: Object.fromEntries(entries) as Schema['$defs'] }
}

/** The classes of the package `commander`, which becomes part of the bundle: one file less for `p2pd --help` to open. */
export { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'

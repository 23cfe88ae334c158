#!/usr/bin/env node
import module from 'node:module'
import { runProcess } from './run-process.ts'

// Node 22.8 and later can keep the code that they have compiled: in their own folder, see NODE_COMPILE_CACHE.
const { enableCompileCache } = module as { readonly enableCompileCache?: () => void }
enableCompileCache?.()
process.exitCode = await runProcess()

#!/usr/bin/env node
import '@p2pd/cli/bin'

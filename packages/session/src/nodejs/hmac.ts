import { createHmac } from 'node:crypto'
import type { Hmac } from '../nomination.ts'

/** HMAC-SHA-256 by Node.js. RFC 2104. */
export const systemHmac: Hmac = (key, message) => createHmac('sha256', key).update(message).digest()

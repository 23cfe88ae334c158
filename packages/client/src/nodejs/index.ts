export { unixFetch } from './unix-fetch.ts'

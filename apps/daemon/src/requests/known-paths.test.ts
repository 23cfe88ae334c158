import { expect, test } from '@jest/globals'
import fastify from 'fastify'
import { KnownPaths } from './known-paths.ts'

test('a path has the methods of its routes, and an unknown path has none', async () => {
  const app = fastify()
  const paths = new KnownPaths()
  paths.watch(app)
  app.get('/v1/pipes/:name', () => '')
  app.delete('/v1/pipes/:name', () => '')
  app.get('/v1/openapi.json', () => '')
  await app.ready()
  expect(paths.methodsOf('/v1/pipes/a%2Fb')).toEqual(['DELETE', 'GET', 'HEAD'])
  expect(paths.methodsOf('/v1/openapi.json')).toEqual(['GET', 'HEAD'])
  for (const path of ['/v1/pipes', '/v1/pipes/', '/v1/pipes/a/b', '/v1/openapi_json', '/x/v1/pipes/a'])
    expect([path, paths.methodsOf(path)]).toEqual([path, []])
  await app.close()
})

import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { pathParameter, query } from '../../src/server/route.ts'

test('a query is a GET that changes nothing and needs a token', () => {
  expect(query('/stats', 'statistics', () => 1)).toMatchObject({ method: 'GET', isSafe: true, isPublic: false })
})

test('a path parameter that was left out is empty', () => {
  const request = { params: { slot: '4' } } as unknown as FastifyRequest
  expect(pathParameter(request, 'slot')).toBe('4')
  expect(pathParameter(request, 'other')).toBe('')
})

import { describe, expect, it } from 'vitest'
import { ApiProblem } from './problem'

describe('text', () => {
  it('names the refused fields once', () => {
    const problem = (detail: string) =>
      new ApiProblem(400, 'Bad Request', detail, 'request.invalid', { name: ['is required'], timeoutSeconds: ['must be positive'] })
    expect(problem('name is required').text).toBe('name is required · timeoutSeconds: must be positive')
    expect(problem('Two fields are wrong.').text).toBe('Two fields are wrong. · name: is required · timeoutSeconds: must be positive')
  })

  it('falls back to the title', () => {
    expect(new ApiProblem(404, 'Not Found', null, null).text).toBe('Not Found')
  })
})

/** An answer of the center that is not a success: RFC 9457 problem details, or what stands in for them. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
    readonly code: string | null,
    readonly errors: Record<string, string[]> = {},
  ) {
    super(detail ?? title)
  }

  /** One line for people: the detail if there is one, with the refused fields that it does not name itself. */
  get text(): string {
    const said = this.detail ?? this.title
    const fields = Object.entries(this.errors)
      .filter(([, messages]) => !messages.every((message) => said.includes(message)))
      .map(([field, messages]) => `${field}: ${messages.join(' ')}`)
    return [said, ...fields].join(' · ')
  }
}

/** The status that stands for "no answer at all". */
export const unreachable = 0

export function problemOf(response: Response, answer: unknown): ApiProblem {
  const body = (typeof answer === 'object' ? answer : null) as Partial<{
    title: string
    detail: string
    code: string
    errors: Record<string, string[]>
  }> | null
  return new ApiProblem(
    response.status,
    body?.title ?? (response.statusText || String(response.status)),
    body?.detail ?? null,
    body?.code ?? null,
    body?.errors ?? {},
  )
}

export function problemText(error: unknown): string {
  if (error instanceof ApiProblem) return error.text
  return error instanceof Error ? error.message : String(error)
}

/** The line that starts an agent with an enrolment token: the token goes by the environment, never by argv. */
export function startCommand(token: string, origin: string): string {
  return `NERVE_TOKEN=${token} nerve-agent --server ${origin}`
}

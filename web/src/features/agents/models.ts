/** A model's name without the words every model of its maker has. */
export function shortModel(model: string | null | undefined): string {
  return (model ?? '')
    .replace(/\((R|TM)\)/gi, '')
    .replace(/\b(NVIDIA|AMD|Intel|Corporation|Instinct|GeForce|Tesla|CPU|Processor)\b/g, '')
    .replace(/@.*$/, '')
    .replace(/\s+/g, ' ')
    .trim()
}

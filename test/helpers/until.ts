/**
 * Resolves when `condition` holds; looks every `every_ms`.
 * @throws Error naming `what` after `deadline_ms`
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  deadline_ms = 120_000,
  every_ms = 10,
): Promise<void> {
  const deadline = performance.now() + deadline_ms
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${deadline_ms} ms in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, every_ms))
  }
}

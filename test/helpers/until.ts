/**
 * Resolves when `condition` holds; looks every 10 ms.
 * @throws Error naming `what` after `deadline_ms`
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  deadline_ms = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadline_ms
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${deadline_ms} ms in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

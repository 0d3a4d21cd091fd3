export function auditPackages(root: string): { ok: boolean; said: string }
export function judged(text: string, error: Error | undefined): { ok: boolean; said: string }
export function writeSbom(root: string, path?: string): string

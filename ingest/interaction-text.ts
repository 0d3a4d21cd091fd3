/**
 * A row of CSV as an interaction: columns have the names of its properties. Empty fields are absent. `participants` is
 * `role:idType:id`, several separated by `;` (an account is `role:account:homePage|name`); `skills` are separated by `;`.
 * What cannot be converted stays as it is, so that the schema names it.
 */
export function interactionOf(columns: readonly string[], fields: readonly string[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  columns.forEach((column, i) => {
    const field = fields[i]!.trim()
    if (field !== '') row[column.trim()] = valueOf(column.trim(), field)
  })
  return row
}

function valueOf(column: string, field: string): unknown {
  switch (column) {
    case 'participants':
      return field
        .split(';')
        .filter(part => part.trim() !== '')
        .map(participantOf)
    case 'skills':
      return field
        .split(';')
        .map(skill => skill.trim())
        .filter(Boolean)
    case 'minutes':
    case 'score':
    case 'attempt':
      return numberOf(field)
    case 'success':
    case 'completion':
      return field === 'true' ? true : field === 'false' ? false : field
    default:
      return field
  }
}

function participantOf(text: string): unknown {
  const [, role, idType, id] = /^([^:]*):([^:]*):(.*)$/.exec(text.trimStart()) ?? []
  if (role === undefined || idType === undefined || id === undefined) return text
  const bar = idType === 'account' ? id.lastIndexOf('|') : -1
  return bar < 0
    ? { role, idType, id: id.trim() }
    : { role, idType: `account:${id.slice(0, bar)}`, id: id.slice(bar + 1).trim() }
}

/** A decimal number, or the text itself where it is none. */
export function numberOf(field: string): number | string {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(field) ? Number(field) : field
}

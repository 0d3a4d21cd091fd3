import { z } from 'zod'

/** What every block of a mapping file says first: which files, and how their rows are laid out. */
export const Rows = {
  /** Paths beside the mapping file; `*` stands for any part of a name. Files that end in .gz are unzipped while read. */
  files: z.array(z.string().min(1)).min(1),
  /** `jsonl`: objects, one a line; their properties are the columns, `mix.adult` inside another. */
  format: z.enum(['csv', 'tsv', 'jsonl']).default('csv'),
  /** Another delimiter than that of the format. */
  delimiter: z.string().length(1).optional(),
  /** Names of the columns where the files have no header. */
  columns: z.array(z.string().min(1)).optional(),
}

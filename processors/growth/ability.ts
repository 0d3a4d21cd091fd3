/** Where a student stands among items of known difficulty, in logits, and after how many answers. */
export type Ability = { theta: number; answers: number }

export const NO_ANSWERS: Ability = { theta: 0, answers: 0 }

/**
 * For item banks with frozen difficulties instead of skills: the Elo update with a step that shrinks (Pelánek 2016, Computers &
 * Education 98): θ += (x − P) / (1 + .05 n), P = 1 / (1 + exp(difficulty − θ)), n earlier answers.
 */
export function answered({ theta, answers }: Ability, correct: boolean, difficulty: number): Ability {
  const expected = 1 / (1 + Math.exp(difficulty - theta))
  return { theta: theta + (Number(correct) - expected) / (1 + 0.05 * answers), answers: answers + 1 }
}

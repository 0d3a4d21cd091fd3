import type { Random } from './random.ts'

// Syllables that make no name anyone is known to bear: a reader should see at once that these people are made up.
const GIVEN_HEAD = ['Bra', 'Cel', 'Dov', 'Eri', 'Fen', 'Gal', 'Hes', 'Ilu', 'Jor', 'Kae', 'Lum', 'Mev', 'Nal', 'Ori', 'Pel', 'Quo', 'Ruv', 'Sel', 'Tov', 'Ulm', 'Vex', 'Wil', 'Yar', 'Zev'] // prettier-ignore
const GIVEN_TAIL = ['bix', 'dra', 'fenn', 'gol', 'hosk', 'jax', 'kith', 'lorn', 'mund', 'nesk', 'pim', 'quil', 'rusk', 'sta', 'tweg', 'vosk', 'wyth', 'zel'] // prettier-ignore
const FAMILY_HEAD = ['Ald', 'Brun', 'Cask', 'Drel', 'Elm', 'Fros', 'Grim', 'Hald', 'Isk', 'Jun', 'Kest', 'Lorm', 'Mosk', 'Nur', 'Oldr', 'Prel', 'Quen', 'Rosk', 'Stel', 'Trel', 'Urd', 'Vint', 'Wolm', 'Yeld'] // prettier-ignore
const FAMILY_MIDDLE = ['a', 'ebi', 'i', 'ova', 'u', 'emo', 'ara', 'ily'] // prettier-ignore
const FAMILY_TAIL = ['beck', 'daskor', 'fenwold', 'garth', 'hollin', 'kendrake', 'lunde', 'marrow', 'nexby', 'pottle', 'quist', 'randle', 'sorrel', 'tavick', 'umber', 'vandell', 'wickett', 'zorne'] // prettier-ignore
const PLACE_TAIL = ['bridge', 'combe', 'field', 'ford', 'haven', 'hollow', 'mere', 'mont', 'ridge', 'stead', 'vale', 'wick'] // prettier-ignore

export type Name = { given: string; family: string }

/** A made-up name: 432 given names × 3,456 family names. */
export function personName(random: Random): Name {
  return {
    given: pick(random, GIVEN_HEAD) + pick(random, GIVEN_TAIL),
    family: pick(random, FAMILY_HEAD) + pick(random, FAMILY_MIDDLE) + pick(random, FAMILY_TAIL),
  }
}

/** A made-up place, for the names of schools. */
export function placeName(random: Random): string {
  return pick(random, FAMILY_HEAD) + pick(random, FAMILY_MIDDLE) + pick(random, PLACE_TAIL)
}

function pick(random: Random, list: readonly string[]): string {
  return list[random.below(list.length)]!
}

/**
 * A seeded stream of random numbers: xoshiro128** (Blackman & Vigna 2018), restarted by name. The stream named
 * (seed, what, i, j) is the same whatever was drawn before, so weeks and students can be generated in any order.
 */
export class Random {
  #a = 1
  #b = 2
  #c = 3
  #d = 4

  /** Restart at the stream with this name; all four are taken modulo 2^32. */
  restart(seed: number, what: number, i: number, j: number): this {
    const a = mix(seed + 0x9e3779b9)
    const b = mix(a ^ what)
    const c = mix(b ^ i)
    // The way back makes every word depend on every part of the name; each step is a bijection, so no two names meet.
    this.#d = mix(c ^ j)
    this.#c = mix(c ^ this.#d)
    this.#b = mix(b ^ this.#c)
    this.#a = mix(a ^ this.#b)
    return this
  }

  /** Uniform on 0 … 2^32 − 1. */
  bits(): number {
    const x = Math.imul(this.#b, 5)
    const result = Math.imul((x << 7) | (x >>> 25), 9)
    const t = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= t
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result >>> 0
  }

  /** Uniform on [0, 1), 32 bits. */
  unit(): number {
    return this.bits() / 0x1_0000_0000
  }

  /** Uniform integer on [0, n), 1 ≤ n ≤ 2^32. */
  below(n: number): number {
    return Math.floor(this.unit() * n)
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit()
  }

  /** Normal, by Box and Muller. */
  normal(mean: number, sd: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()))
    return mean + sd * radius * Math.cos(2 * Math.PI * this.unit())
  }

  /** Poisson: products of uniforms for small means, transformed rejection (Hörmann 1993, PTRS) for large ones. */
  poisson(mean: number): number {
    return mean < 10 ? this.#smallPoisson(mean) : this.#largePoisson(mean)
  }

  #smallPoisson(mean: number): number {
    const limit = Math.exp(-mean)
    let count = 0
    for (let product = this.unit(); product > limit; product *= this.unit()) count++
    return count
  }

  #largePoisson(mean: number): number {
    const b = 0.931 + 2.53 * Math.sqrt(mean)
    const a = -0.059 + 0.02483 * b
    const invAlpha = 1.1239 + 1.1328 / (b - 3.4)
    const vr = 0.9277 - 3.6224 / (b - 2)
    for (;;) {
      const u = this.unit() - 0.5
      const v = 1 - this.unit()
      const us = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
      if (us >= 0.07 && v <= vr) return k
      if (k < 0 || (us < 0.013 && v > us)) continue
      if (Math.log((v * invAlpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - logFactorial(k)) return k
    }
  }
}

/** The finaliser of MurmurHash3: a bijection on 32 bits. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}

function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1
    for (let i = 2; i <= k; i++) product *= i
    return Math.log(product)
  }
  // Stirling's series; the first omitted term is below 1e-9 from k = 10 on.
  const x = k + 1
  const x2 = x * x
  return (x - 0.5) * Math.log(x) - x + 0.918938533204673 + (1 / 12 - (1 / 360 - 1 / (1260 * x2)) / x2) / x
}

/** What a stream is drawn for. Numbers are never reused or renumbered: they are part of what a seed means. */
export const STREAM = {
  schools: 1,
  students: 2,
  sections: 3,
  moves: 4,
  ties: 5,
  names: 6,
  weather: 7,
  weeks: 8,
  minutes: 9,
  collaboration: 10,
  sessions: 11,
  demographics: 12,
  growth: 13,
  scores: 14,
  attendance: 15,
  referrals: 16,
  marks: 17,
  learnerPlans: 18,
  goals: 19,
  /** Which records come twice, late or broken: + 256 × trace. */
  faults: 20,
  /** The id and the details of one record: + 256 × trace. */
  record: 21,
  /** The same of a malformed record: + 256 × trace. */
  malformed: 22,
  /** What one trace draws while it lays out a week: + 256 × trace. */
  trace: 23,
  choices: 24,
  reflections: 25,
  teams: 26,
  smallGroups: 27,
  mentors: 28,
  virtualTutor: 29,
  conversations: 30,
  /** How schools feel to people, and how easily questions are agreed to. */
  climate: 31,
  /** What a person brings to every survey: mood, language. */
  surveys: 32,
  /** Whether and how a person answers one survey in one window. */
  answers: 33,
  /** Which lesson, problem set or question a session begins, and whether it is finished: + 256 × trace. */
  objects: 34,
} as const

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** A version 4 UUID from the next four draws. */
export function uuid(random: Random): string {
  const a = random.bits()
  const b = random.bits()
  const c = random.bits()
  const d = random.bits()
  return `${hex4(a >>> 16)}${hex4(a & 0xffff)}-${hex4(b >>> 16)}-${hex4((b & 0x0fff) | 0x4000)}-${hex4(
    ((c >>> 16) & 0x3fff) | 0x8000,
  )}-${hex4(c & 0xffff)}${hex4(d >>> 16)}${hex4(d & 0xffff)}`
}

const hex4 = (x: number): string => HEX[x >>> 8]! + HEX[x & 255]!

/** A line of `system.functions`. */
export type EngineFunction = {
  name: string
  is_aggregate: boolean
  case_insensitive: boolean
  alias_to: string
  origin: string
  categories: string
}

/** Families (system.functions.categories) of which every function computes from its arguments alone. */
const FAMILIES = new Set(
  `Arithmetic,Arrays,Bit,Bitmap,Comparison,Conditional,Dates and Times,Distance,Encoding,Encryption,Financial,Geo,Geo Polygon,Hash,IP Address,JSON,Logical,Map,Mathematical,Null,NumericIndexedVector,QBit,Random Number,Rounding,String,String Replacement,String Search,String Splitting,Time Window,Tuple,Type Conversion,ULID,URL,UUID`.split(
    ',',
  ),
)

/** Of the mixed families, and of those without one, what computes from its arguments alone, or says what clients ask first. */
const SINGLY = new Set(
  `_CAST MACNumToString MACStringToNum MACStringToOUI bar byteSize caseWithExpression colorOKLABToSRGB colorOKLCHToSRGB
   colorSRGBToOKLAB colorSRGBToOKLCH countDigits currentDatabase currentUser defaultValueOfArgumentType digits
   formatReadableDecimalSize formatReadableQuantity formatReadableSize formatReadableTimeDelta getSizeOfEnumType
   getSubcolumn identity ignore initializeAggregation isConstant isDecimalOverflow lowCardinalityIndices
   lowCardinalityKeys materialize minSampleSizeContinuous minSampleSizeConversion neighbor nested parseReadableSize
   parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta rowNumberInAllBlocks rowNumberInBlock runningConcurrency
   runningDifference runningDifferenceStartingWithFirstValue seriesDecomposeSTL seriesOutliersDetectTukey seriesFFT
   seriesPeriodDetectFFT throwIf toColumnTypeName toTypeName transform variantElement variantType version visibleWidth`.split(
    /\s+/,
  ),
)

/** What the parser writes as a function and `system.functions` does not know. */
const SYNTAX = ['exists', 'grouping', 'lambda', 'untuple']

/** Read the state of the process or run code of its own; `Merge` and its kin read states, which a text can forge. */
const AGGREGATES_REFUSED = /^(aggThrow|flameGraph|nothing.*)$|Merge/

/** Of the families above: write in whatever format is named, also by files of the engine's. */
const REFUSED = new Set(['formatRow', 'formatRowNoNewline'])

/** What may stand behind an aggregate function's name; `Merge` is not among them. */
const COMBINATORS =
  /(If|Array|Map|Distinct|OrNull|OrDefault|ForEach|Resample|ArgMin|ArgMax|Null|Tuple|State|SimpleState)$/

/** Says of a name in a statement whether a researcher may call it. */
export type MayCall = (name: string) => boolean

/**
 * An allowlist over what the engine has: what a later engine adds in another family is refused until somebody has looked.
 * @param functions rows of system.functions
 */
export function allowedFunctions(functions: readonly EngineFunction[]): MayCall {
  const byName = new Map(functions.map(one => [one.name, one]))
  const names = new Set<string>(SYNTAX)
  const aggregates = new Set<string>()
  for (const one of functions) {
    const meant = one.alias_to === '' ? one : (byName.get(one.alias_to) ?? one)
    if (!isHarmless(one.origin, meant)) continue
    const set = meant.is_aggregate ? aggregates : names
    set.add(one.case_insensitive ? one.name.toLowerCase() : one.name)
    set.add(one.name)
  }
  const knows = (set: Set<string>, name: string) => set.has(name) || set.has(name.toLowerCase())
  return name => {
    if (knows(names, name)) return true
    for (let rest = name; rest !== ''; rest = rest.replace(COMBINATORS, '')) {
      if (knows(aggregates, rest)) return true
      if (!COMBINATORS.test(rest)) return false
    }
    return false
  }
}

function isHarmless(origin: string, { name, is_aggregate, categories }: EngineFunction): boolean {
  if (origin !== 'System' || REFUSED.has(name)) return false
  if (is_aggregate) return !AGGREGATES_REFUSED.test(name)
  return SINGLY.has(name) || (categories !== '' && categories.split(',').every(family => FAMILIES.has(family.trim())))
}

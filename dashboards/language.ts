/** Languages in which there are words of ours. */
export const LANGUAGES = ['en', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

/** Which English and which Spanish: as schools in the United States write numbers; days as the other pages do. */
export const LOCALES: Readonly<Record<Language, { numbers: string; days: string }>> = {
  en: { numbers: 'en-US', days: 'en-GB' },
  es: { numbers: 'es-US', days: 'es-US' },
}

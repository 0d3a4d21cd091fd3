/** What the pages say themselves, beside the wording of the instrument. */
const EN = {
  languages: 'Language',
  lead: 'No answer is right or wrong, and you may leave any question out.',
  goOn: 'What you have answered is kept each time you continue. You can stop, and go on later by the same link.',
  until: (day: string) => `You can answer until ${day}.`,
  step: (page: number, of: number) => `Page ${page} of ${of}`,
  leaveOut: 'Leave this question out',
  writing: (most: number) => `At most ${most} characters. Please write no names.`,
  writtenBefore: 'You wrote something here before, and it is kept. What you write now takes its place.',
  next: 'Save and continue',
  send: 'Send my answers',
  back: 'Back to the page before',
  named: 'Your answers are kept under a code, without your name.',
  anonymous: 'Nothing is kept that says whose answers these are.',
  results: 'Results are shown for groups of ten people or more, never for one person. This page uses no cookies and tracks nobody.',
  notWatched: 'Nobody watches these answers as they come. If something is wrong, please tell an adult whom you trust.',
  faults: 'Something has to be corrected',
  nothingKept: 'Nothing of this page was kept yet; the pages before were.',
  unknownAnswer: 'This answer is not one of those below. Please choose again.',
  longAnswer: (most: number) => `This is longer than ${most} characters. Please shorten it.`,
  thanks: 'Thank you',
  thanksLead: 'Your answers have arrived. You need do nothing more, and this link takes no second set of answers.',
  thanksLater: 'When there is something to answer again, you find it here, by the same link.',
  unknown: 'This link does not open a survey',
  unknownNext: 'It may have been copied in part, or a newer one took its place. Open it once more as you were given it, or ask your school for another.',
  over: 'This survey is closed',
  overNext: 'Answers are not taken any more. What you sent before is kept and counts.',
  early: 'This survey is not open yet',
  earlyNext: (day: string) => `Please come back on ${day}, by the same link. Nothing was lost.`,
  busy: 'Please wait a moment',
  busyNext: 'There were many requests at once. What you sent before is kept. Wait a minute, then go back and send this page again.',
  large: 'This page was too large to send',
  largeNext: 'Go back, shorten what you wrote, and send it again. What you sent before is kept.',
  foreign: 'This page could not be sent',
  foreignNext: 'It did not come from this survey. Open your link again and go on there. What you sent before is kept.',
  failed: 'This did not work',
  failedNext: 'We do not know whether your last page was kept. Go back and send it again: nothing is counted twice.',
  again: 'Go on with the survey',
  consent: 'May we ask you again and again?',
  consentLead: (questions: number) =>
    `This survey is short (${questions} questions) and comes back, often every week. You decide whether you take part. It has no effect on marks, and nobody is told who takes part.`,
  consentStop: 'You can stop at any time on this page.',
  agree: 'Yes, I take part',
  decline: 'No, thank you',
  withdrawn: 'You are not asked',
  withdrawnLead: 'You have said that you do not take part. Answers of the window that is open now were taken back; earlier ones stay in the results of groups.',
  agreeAfterAll: 'Take part after all',
  withdraw: 'Stop taking part',
} // prettier-ignore

export type Words = typeof EN

const ES: Words = {
  languages: 'Idioma',
  lead: 'No hay respuestas buenas ni malas, y puedes dejar sin contestar cualquier pregunta.',
  goOn: 'Tus respuestas se guardan cada vez que continúas. Puedes parar y seguir más tarde con el mismo enlace.',
  until: day => `Puedes contestar hasta el ${day}.`,
  step: (page, of) => `Página ${page} de ${of}`,
  leaveOut: 'Dejar esta pregunta sin contestar',
  writing: most => `Como máximo ${most} caracteres. Por favor, no escribas nombres.`,
  writtenBefore: 'Ya escribiste algo aquí y está guardado. Lo que escribas ahora lo reemplaza.',
  next: 'Guardar y continuar',
  send: 'Enviar mis respuestas',
  back: 'Volver a la página anterior',
  named: 'Tus respuestas se guardan con un código, sin tu nombre.',
  anonymous: 'No se guarda nada que diga de quién son estas respuestas.',
  results: 'Los resultados se muestran para grupos de diez personas o más, nunca para una sola. Esta página no usa cookies ni rastrea a nadie.',
  notWatched: 'Nadie vigila estas respuestas cuando llegan. Si algo va mal, por favor díselo a un adulto de confianza.',
  faults: 'Hay algo que corregir',
  nothingKept: 'Todavía no se guardó nada de esta página; las anteriores sí.',
  unknownAnswer: 'Esta respuesta no es una de las que aparecen abajo. Por favor, elige de nuevo.',
  longAnswer: most => `Tiene más de ${most} caracteres. Por favor, acórtala.`,
  thanks: 'Gracias',
  thanksLead: 'Tus respuestas llegaron. No tienes que hacer nada más, y este enlace no acepta otras respuestas.',
  thanksLater: 'Cuando haya algo nuevo que contestar, lo encontrarás aquí, con el mismo enlace.',
  unknown: 'Este enlace no abre ninguna encuesta',
  unknownNext: 'Puede que esté copiado solo en parte o que otro más nuevo lo haya reemplazado. Ábrelo otra vez tal como te lo dieron, o pide otro a tu escuela.',
  over: 'Esta encuesta está cerrada',
  overNext: 'Ya no se aceptan respuestas. Lo que enviaste antes está guardado y cuenta.',
  early: 'Esta encuesta todavía no está abierta',
  earlyNext: day => `Por favor, vuelve el ${day} con el mismo enlace. No se perdió nada.`,
  busy: 'Espera un momento, por favor',
  busyNext: 'Llegaron muchas solicitudes a la vez. Lo que enviaste antes está guardado. Espera un minuto, vuelve atrás y envía esta página otra vez.',
  large: 'Esta página era demasiado grande para enviarla',
  largeNext: 'Vuelve atrás, acorta lo que escribiste y envíala otra vez. Lo que enviaste antes está guardado.',
  foreign: 'No se pudo enviar esta página',
  foreignNext: 'No venía de esta encuesta. Abre tu enlace otra vez y sigue ahí. Lo que enviaste antes está guardado.',
  failed: 'Esto no funcionó',
  failedNext: 'No sabemos si se guardó tu última página. Vuelve atrás y envíala otra vez: nada se cuenta dos veces.',
  again: 'Seguir con la encuesta',
  consent: '¿Podemos preguntarte de vez en cuando?',
  consentLead: questions =>
    `Esta encuesta es corta (${questions} preguntas) y se repite, muchas veces cada semana. Tú decides si participas. No influye en tus notas y a nadie se le dice quién participa.`,
  consentStop: 'Puedes dejarlo en cualquier momento en esta página.',
  agree: 'Sí, participo',
  decline: 'No, gracias',
  withdrawn: 'No se te pregunta',
  withdrawnLead: 'Dijiste que no participas. Las respuestas del período que está abierto ahora se retiraron; las anteriores quedan en los resultados de grupos.',
  agreeAfterAll: 'Participar después de todo',
  withdraw: 'Dejar de participar',
} // prettier-ignore

/** In the language, or its base; English where we have neither. */
export function wordsIn(language: string): Words {
  return language.split('-')[0]?.toLowerCase() === 'es' ? ES : EN
}

/** A date in words. */
export function dayIn(language: string, day: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(
    Date.parse(`${day}T00:00:00Z`),
  )
}

/** The name of a language in itself. */
export const languageName = (language: string): string =>
  new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language

/** What the instrument has of what is asked for: the address's language first, then the browser's in its order, then its own first. */
export function chosenLanguage(
  offered: readonly string[],
  asked: string | undefined,
  acceptLanguage: string | undefined,
): string {
  const wished = [asked ?? '', ...(acceptLanguage ?? '').slice(0, 500).split(',').map(part => part.split(';')[0]!.trim())] // prettier-ignore
  for (const wish of wished) {
    if (wish === '') continue
    const found =
      offered.find(one => one.toLowerCase() === wish.toLowerCase()) ?? offered.find(one => baseOf(one) === baseOf(wish))
    if (found !== undefined) return found
  }
  return offered[0]!
}

const baseOf = (language: string): string => language.split('-')[0]!.toLowerCase()

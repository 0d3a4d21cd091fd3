import { html } from '../html.ts'
import type { Words } from './words-en.ts'

const SEASONS: Readonly<Record<string, string>> = {
  fall: 'otoño',
  winter: 'invierno',
  spring: 'primavera',
  summer: 'verano',
}
const SUBJECTS: Readonly<Record<string, string>> = {
  mathematics: 'Matemáticas',
  math: 'Matemáticas',
  maths: 'Matemáticas',
  reading: 'Lectura',
  writing: 'Escritura',
  english: 'Inglés',
  'english language arts': 'Lengua inglesa',
  ela: 'Lengua inglesa',
  'language usage': 'Uso de la lengua',
  science: 'Ciencias',
  'social studies': 'Estudios Sociales',
  history: 'Historia',
}
const DOMAINS: Readonly<Record<string, string>> = {
  belonging: 'Pertenencia',
  safety: 'Seguridad',
  engagement: 'Participación',
  environment: 'Entorno',
  liking: 'Gusto por la escuela',
  adult: 'Una persona adulta que me conoce',
  voice: 'Voz y elección',
  sel: 'Aprendizaje socioemocional',
}

/** Lo que dice un informe, en español. Como lo escribiría la escuela para su comunidad: alumnado, familias, personal. */
export const ES: Words = {
  list: parts => html`${parts.map((part, i) => [i === 0 ? '' : i === parts.length - 1 ? ' y ' : ', ', part])}`,
  quote: text => html`«${text}»`,
  season: (name, year) => (SEASONS[name] ? `${SEASONS[name]} de ${year}` : null),
  subject: name => SUBJECTS[name.toLowerCase()] ?? name,
  grade: grade => (/^\d+$/.test(grade) ? `${grade}.º grado` : `grado ${grade}`),
  domain: (id, english) => DOMAINS[id] ?? english,
  title: school => `${school}: informe de la escuela`,
  lead: day => `Informe de la escuela, semana del ${day}`,
  leadWithoutWeek:
    'Informe de la escuela. Todavía no se ha calculado ninguna semana de actividad de aprendizaje ni de contactos.',
  live: 'Para uso de la propia escuela: sus cifras son provisionales y aún pueden cambiar.',
  published: 'Todas las cifras son las publicadas.',
  howToRead:
    'Cada rango es un intervalo del 95%: contiene la cifra verdadera unas 19 veces de cada 20. Solo se dice «por encima» o «por debajo», «más alta» o «más baja» cuando dos rangos no se solapan.',
  controls: {
    label: 'Este informe',
    week: 'Semana del',
    show: 'Mostrar',
    back: 'Todas las cifras de la escuela (en inglés)',
    other: 'In English',
    print: 'Imprima esta página: son de dos a cuatro hojas.',
  },
  headings: {
    sentences: 'En cuatro frases',
    changes: 'Qué ha cambiado',
    questions: 'Tres preguntas que vale la pena hacer',
    figures: 'Las cifras, de cerca',
    behind: 'De dónde salen estas cifras',
  },
  topics: {
    growth: 'Progreso',
    engagement: 'Participación',
    connectedness: 'Vínculos',
    climate: 'Clima escolar',
  },
  voices: { student: 'Alumnado', family: 'Familias', staff: 'Personal' },
  ofVoices: { student: 'del alumnado', family: 'de las familias', staff: 'del personal' },

  growth: parts =>
    html`El progreso del alumnado se situó, en promedio, ${parts.map((part, i) => [i > 0 && '; ', part])}.`,
  grew: (range, subject, when, verdict) =>
    html`en el <strong>percentil ${range}</strong>${subject && ` en ${subject}`} (${when}): ${verdict}`,
  points: {
    more: (range, subject) =>
      html`El alumnado progresó <strong>${range}</strong> puntos al año más que en el
        distrito${subject && ` en ${subject}`}, en la escala de la propia prueba.`,
    less: (range, subject) =>
      html`El alumnado progresó <strong>${range}</strong> puntos al año menos que en el
        distrito${subject && ` en ${subject}`}, en la escala de la propia prueba.`,
    open: (less, more, subject) =>
      html`El alumnado progresó entre <strong>${less}</strong> puntos al año menos y <strong>${more}</strong> más que en
        el distrito${subject && ` en ${subject}`}, en la escala de la propia prueba: no se distingue de él.`,
  },
  typical: {
    'above typical': 'por encima de lo habitual',
    'below typical': 'por debajo de lo habitual',
    'not distinguishable from typical': 'no se distingue de lo habitual',
  },
  engagement: (days, beside, minutes) =>
    html`El alumnado estuvo activo en un <strong>${days}</strong> de sus días de
      clase${beside}${minutes && html`; las herramientas conectadas muestran <strong>${minutes}</strong> minutos de actividad de aprendizaje por estudiante`}.`,
  connectedness: (by, share, beside, logged) =>
    html`Al ${by}, un <strong>${share}</strong> del alumnado tenía contacto continuado con al menos una persona
      adulta${beside}.${logged && ` Un ${logged} de quienes ejercen la tutoría registró alguna reunión en las ocho semanas anteriores.`}`,
  climate: (when, parts, question) =>
    html`En ${when}, respondieron favorablemente a «${question}» ${parts}, entre quienes contestaron.`,
  of: (share, voice) => html`un <strong>${share}</strong> ${voice}`,
  quiet: voices => ` No se puede mostrar nada ${voices}.`,
  beside: (word, range) =>
    word === 'not distinguishable'
      ? html`, sin diferencia distinguible respecto al distrito (${range})`
      : html`, <strong>por ${word === 'above' ? 'encima' : 'debajo'}</strong> del distrito (${range})`,
  unsaid: {
    growth: why => `No se puede decir cuánto progresó el alumnado: ${why}.`,
    engagement: why => `No se puede decir qué actividad tuvo el alumnado: ${why}.`,
    connectedness: why =>
      `No se puede decir cuántos estudiantes tienen contacto continuado con una persona adulta: ${why}.`,
    climate: why => `No se puede decir cómo se vive la escuela: ${why}.`,
  },
  contactOnly: minutes =>
    html` Contacto registrado con otras personas: <strong>${minutes}</strong> minutos por estudiante.`,
  notAsked: 'no hay ninguna encuesta publicada',
  tooFewAnswered: 'contestaron muy pocas personas para mostrar cifras',
  why: {
    none: 'no se ha calculado ninguna cifra',
    few: 'no se muestran cifras de menos de 10 estudiantes',
    hidden: 'no se muestra, para proteger al alumnado de grupos pequeños',
    'no-school': 'no hubo semana de clase',
    'no-activity': 'no se registró actividad de aprendizaje',
    'not-logged': 'se registran muy pocas reuniones para saberlo',
    'no-scores': 'no hay resultados de dos años que comparar',
    stale: 'las cifras no están al día',
    insufficient: 'no hay datos suficientes',
  },
  behind: n => `${n} estudiantes.`,
  answered: (voice, n, enrolled, share, limited) =>
    `${voice}: contestaron ${n}${enrolled === null ? '' : ` de ${enrolled}`}${share === null ? '' : ` (${share}${limited ? ', respuesta limitada: menos de la mitad' : ''})`}`,
  hiddenAnswers: voice => `${voice}: no se muestra cuántas personas contestaron`,
  blind: {
    growth: 'No incluye a quienes no hicieron la prueba o no tienen un resultado del año anterior.',
    engagement:
      'No se ve el trabajo que ninguna herramienta conectada registra; un día sin registro no es una ausencia.',
    connectedness: 'Los registros muestran que hubo contacto, no cómo fue; lo que nadie registra no se ve.',
    climate: 'Quienes no contestaron pueden sentirse de otra manera. Alumnado, familias y personal nunca se suman.',
  },

  changes: {
    since: (day, isFour) =>
      `Los días activos y el contacto con personas adultas se comparan con la semana del ${day}${isFour ? ', cuatro semanas antes' : ', la última con cifras de al menos cuatro semanas antes'}; el progreso, con el período de pruebas anterior; el clima, con la encuesta anterior.`,
    sinceNothing:
      'El curso no tiene ninguna semana con cifras de al menos cuatro semanas antes; el progreso se compara con el período de pruebas anterior, y el clima, con la encuesta anterior.',
    none: 'Ningún cambio que los datos permitan ver.',
    nothing: 'Todavía no hay nada con qué comparar.',
    some: (n, changed, all) =>
      `De ${all} cifras que se pueden comparar, ${changed} ${n === 1 ? 'cambió' : 'cambiaron'} más de lo que admiten sus rangos; en las demás los datos no permiten ver ningún cambio.`,
    one: 'La única cifra que se puede comparar cambió más de lo que admite su rango.',
    every: 'Todas las cifras que se pueden comparar cambiaron más de lo que admiten sus rangos.',
    caption: 'Antes y ahora, con intervalos del 95%',
    before: 'Antes',
    now: 'Ahora',
    shows: 'Qué muestran los datos',
    higher: 'más alta',
    lower: 'más baja',
    same: 'ningún cambio que los datos permitan ver',
    unknown: 'no se puede comparar',
    district: {
      higher: 'en el distrito también más alta',
      lower: 'en el distrito también más baja',
      same: 'en el distrito, ningún cambio que los datos permitan ver',
    },
    against: { higher: 'en el distrito, más alta', lower: 'en el distrito, más baja' },
    growth: subject => `Progreso${subject && ` en ${subject}`}: percentil medio`,
    engagement: 'Días activos: porcentaje de los días de clase',
    connectedness: 'Estudiantes con contacto continuado con una persona adulta',
    climate: question => html`Estudiantes con respuesta favorable a «${question}»`,
    byMean: 'según la respuesta media en ambas encuestas',
  },

  questions: {
    whom: 'A quién preguntar',
    because: 'De dónde sale',
    team: subject => (subject ? `al equipo docente de ${subject}` : 'a los equipos docentes de las materias'),
    gradeTeams: 'a los equipos docentes de cada grado',
    advisers: 'a quienes ejercen la tutoría',
    advisersOf: grade => `a quienes ejercen la tutoría en ${grade}`,
    council: 'al consejo estudiantil',
    councilAndStaff: 'al consejo estudiantil y al personal',
    councilAndFamilies: 'al consejo estudiantil y a la asociación de familias',
    tests: 'a quien coordina las pruebas',
    platforms: 'a quien se ocupa de las plataformas de aprendizaje',
    lowestQuarter: subject =>
      `¿Qué ayuda al alumnado que partía del cuartil inferior${subject && ` en ${subject}`}, y qué se lo dificulta? ¿Qué dice el propio alumnado?`,
    growthBelow: subject =>
      `¿Qué trabajo${subject && ` en ${subject}`} ayudó más al alumnado este curso, y a quién no llegó?`,
    growthAbove: subject =>
      `¿Qué conservaría del trabajo de este curso${subject && ` en ${subject}`}, y diría lo mismo el alumnado?`,
    growthUnknown: '¿Qué estudiantes no tienen resultados que comparar, y cuándo pueden tener el próximo?',
    growthOpen: subject =>
      `¿De quién le ha sorprendido el progreso${subject && ` en ${subject}`} este curso, en un sentido o en otro?`,
    activityLower: (week, before) =>
      `¿Qué fue distinto para el alumnado en la semana del ${week} respecto a la semana del ${before}?`,
    activityBelow: '¿Qué días trabaja el alumnado con las herramientas conectadas, y qué hace los demás días?',
    activityUnknown: '¿Qué herramientas se usan en clase de las que aquí no llega nada?',
    activityOpen: 'Cuando el alumnado puede elegir en qué trabajar, ¿qué elige?',
    gradeContact: grade =>
      `¿Qué persona adulta conoce a cada estudiante de ${grade}, también a quienes no tienen ninguna reunión registrada?`,
    logging: '¿Qué reuniones con estudiantes tienen lugar sin que nadie las registre?',
    contactLower: before =>
      `¿Qué reuniones con estudiantes ya no tienen lugar, o ya no se registran, desde la semana del ${before}?`,
    contactBelow:
      '¿Qué estudiantes no han tenido una conversación individual con ninguna persona adulta en las últimas semanas, y quién podría tenerla?',
    voicesApart: question =>
      html`El alumnado y el personal responden de forma distinta a «${question}». ¿En qué piensa cada parte?`,
    climateLower: (question, when) =>
      html`Menos estudiantes que en ${when} responden favorablemente a «${question}». ¿En qué pensaban al contestar?`,
    climateHalf: question =>
      html`Menos de la mitad del alumnado responde favorablemente a «${question}». ¿Qué le gustaría que fuera distinto?`,
    climateLimited: '¿A quién no llegó la encuesta, y cómo preferiría que se le preguntara?',
    climateUnknown:
      '¿Cómo viven la escuela el alumnado, las familias y el personal, y cuándo se les preguntó por última vez?',
    climateOpen: question => html`¿Qué debería saber la escuela sobre «${question}» que ninguna encuesta pregunta?`,
    lowestAndHighest: (lowest, highest) =>
      `progreso del cuartil inferior en el percentil ${lowest}; del superior, en el ${highest}`,
    lowestAlone: lowest => `progreso del cuartil inferior en el percentil ${lowest}`,
    pointsMore: range => `${range} puntos al año más que en el distrito`,
    pointsLess: range => `${range} puntos al año menos que en el distrito`,
    percentile: range => `progreso en el percentil ${range}`,
    days: range => `activo en un ${range} de los días de clase`,
    daysThen: (now, before) => `activo en un ${now} de los días de clase; antes, en un ${before}`,
    daysBeside: (own, district) => `activo en un ${own} de los días de clase; en el distrito, en un ${district}`,
    contact: range => `un ${range} del alumnado con contacto continuado con una persona adulta`,
    contactThen: (now, before) =>
      `un ${now} del alumnado con contacto continuado con una persona adulta; antes, un ${before}`,
    contactBeside: (own, district) =>
      `un ${own} del alumnado con contacto continuado con una persona adulta; en el distrito, un ${district}`,
    contactGrade: (grade, range, whole) =>
      `contacto continuado con una persona adulta: ${grade}, un ${range}; toda la escuela, un ${whole}`,
    logged: share => `un ${share} de quienes ejercen la tutoría registró alguna reunión en ocho semanas`,
    favourable: parts => html`respuestas favorables: ${parts}`,
    response: voices => `contestó menos de la mitad ${voices}`,
  },

  figures: {
    figure: 'Cifra',
    school: 'Esta escuela',
    district: 'Distrito',
    ofDistrict: 'todo el distrito',
    marked: 'Marcado',
    notes: 'Notas en los gráficos semanales',
    students: 'Estudiantes',
    all: 'Todo el alumnado',
    week: 'Semana del',
    grade: 'Grado',
    who: 'Quién',
    question: 'Pregunta',
    percentile: 'Percentil medio',
    quarters: ['Cuartil inferior', 'Segundo cuartil', 'Tercer cuartil', 'Cuartil superior'],
    growth: (subject, when) => `Progreso${subject && ` en ${subject}`}, ${when}`,
    growthHow:
      'El percentil de progreso compara cada resultado nuevo con los de estudiantes que tenían resultados anteriores parecidos: 50 es lo habitual, se parta de donde se parta. Cuartiles: según el punto de partida en el distrito.',
    engagement: 'Días activos, semana a semana',
    engagementHow: 'Porcentaje de los días de clase en que el alumnado dejó huella de aprendizaje.',
    connectedness: 'Contacto continuado con una persona adulta, semana a semana',
    connectednessHow:
      'Porcentaje del alumnado con cerca de un cuarto de hora de conversación individual cada tres semanas, en dos o más de las últimas ocho.',
    contactByGrade: 'Contacto continuado con una persona adulta, por grado',
    climate: when => `Clima escolar: una pregunta a todas las personas, ${when}`,
    climateHow: question => html`Porcentaje de respuestas favorables a ${question}, entre quienes contestaron.`,
    onlyBounds: 'Una barra sin punto: tan cerca de nadie o de todo el mundo que solo se dice hasta ahí.',
    notCompared: 'no se compara',
    otherTopics: 'Clima escolar por tema: porcentaje de respuestas favorables',
    lastOfMonths: 'la última semana con cifras de cada mes, y la semana del informe',
    intervals: 'Intervalo del 95% y, en pequeño, mejor estimación',
    label: (what, spans) => `${what}: ${spans}. La tabla da las cifras.`,
    small: '* Menos de 20 estudiantes: una cifra así varía mucho por azar.',
    none: 'sin cifra',
    few: 'menos de 10',
    hidden: 'no se muestra',
    'no-school': 'sin clase',
    notAsked: 'sin preguntar',
    bracket: (side, share) => `${share} como ${side === 'at most' ? 'máximo' : 'mínimo'}`,
    missing: topic => `${topic}: todavía no hay cifras que dibujar.`,
  },

  coverage: {
    live: moment =>
      `Las cifras semanales de la escuela, el progreso y los contactos son provisionales: recogen todo lo que había llegado hasta el ${moment}; aún pueden cambiar.`,
    snapshot: (id, published, asOf) =>
      `Las cifras del distrito y de las encuestas se publicaron el ${published} (edición ${id}), con lo que había llegado hasta el ${asOf}.`,
    noSnapshot: 'Todavía no se ha publicado nada, así que no hay cifras del distrito ni de encuestas.',
    rules:
      'Se omiten las cifras de menos de 10 estudiantes. Las escuelas se comparan con el distrito y consigo mismas; nunca se ordenan.',
    questions:
      'Las preguntas se eligen por reglas fijas a partir de las cifras de arriba. Preguntan; no dicen por qué.',
    defined: 'Cómo se define cada cifra está en Homeroom, en «Indicators» (en inglés).',
  },
}

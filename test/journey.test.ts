import { onTestFinished, test } from 'vitest'
import { aHomeroom } from './helpers/a-homeroom.ts'
import { journey } from './helpers/journey.ts'

test('what tools send becomes the figure on the page, on the embedded log', { timeout: 120_000 }, async () => {
  const homeroom = await aHomeroom()
  onTestFinished(() => homeroom.remove())
  await journey(homeroom)
})

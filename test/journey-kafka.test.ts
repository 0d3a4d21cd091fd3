import { expect, onTestFinished, test } from 'vitest'
import { aHomeroom } from './helpers/a-homeroom.ts'
import { journey } from './helpers/journey.ts'
import { kafkaForTests } from './helpers/kafka.ts'

const kafka = await kafkaForTests()

test.skipIf(!kafka.available)(
  'what tools send becomes the figure on the page, on Kafka',
  { timeout: 180_000 },
  async () => {
    expect(kafka).toMatchObject({ available: true })
    const homeroom = await aHomeroom({ kafka: kafka.available ? kafka.brokers : null })
    onTestFinished(() => homeroom.remove())
    await journey(homeroom)
  },
)

import { onTestFinished, test } from 'vitest'
import { aHomeroom } from './helpers/a-homeroom.ts'
import { journey } from './helpers/journey.ts'
import { kafkaForTests } from './helpers/kafka.ts'

const kafka = await kafkaForTests()
const brokers = kafka.available ? kafka.brokers : []

test.skipIf(!kafka.available)(
  'what tools send becomes the figure on the page, on Kafka',
  { timeout: 180_000 },
  async () => {
    const homeroom = await aHomeroom({ kafka: brokers })
    onTestFinished(() => homeroom.remove())
    await journey(homeroom)
  },
)

import { expect, test } from 'vitest'
import { brokerFaults, lookAtBrokers } from '../../infra/commands/doctor-kafka.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { TOPICS } from '../../infra/log/topics.ts'
import { kafkaForTests } from '../helpers/kafka.ts'

const kafka = await kafkaForTests()

test.skipIf(!kafka.available)('the topics that Homeroom makes on a real broker are as doctor wants them', async () => {
  const brokers = kafka.available ? kafka.brokers : null
  const config = { kafka: brokers, kafkaSecurity: null, district: `doctor_${process.pid}`, data: '' }
  const log = await openLog(config)
  await log.createTopics()
  await log.close()
  const looked = (await lookAtBrokers(config))!
  expect(looked.topics).toHaveLength(Object.keys(TOPICS).length)
  expect(brokerFaults(looked)).toEqual([])
})

test('where the log is embedded there are no brokers to look at', async () => {
  expect(await lookAtBrokers({ kafka: null, kafkaSecurity: null, district: 'd' })).toBeNull()
})

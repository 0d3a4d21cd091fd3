import { GenericContainer, Wait, getContainerRuntimeClient, type StartedTestContainer } from 'testcontainers'

const IMAGE = 'clickhouse/clickhouse-server:26.7'

/** A ClickHouse server to run the contract on, or why there is none. */
export type Server = { url: string; stop: () => Promise<void> } | { unavailable: string }

/** The server of HOMEROOM_TEST_CLICKHOUSE, else one in a container where a Docker engine answers. */
export async function clickhouseServer(): Promise<Server> {
  const given = process.env.HOMEROOM_TEST_CLICKHOUSE
  if (given) return { url: given, stop: async () => undefined }
  try {
    await getContainerRuntimeClient()
  } catch {
    return { unavailable: 'HOMEROOM_TEST_CLICKHOUSE is not set and no Docker engine answers' }
  }
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({
      CLICKHOUSE_USER: 'homeroom',
      CLICKHOUSE_PASSWORD: 'homeroom',
      CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1',
    })
    .withExposedPorts(8123)
    .withWaitStrategy(Wait.forHttp('/ping', 8123).forResponsePredicate(body => body === 'Ok.\n'))
    .start()
  return { url: urlOf(container), stop: () => container.stop().then(() => undefined) }
}

function urlOf(container: StartedTestContainer): string {
  return `http://homeroom:homeroom@${container.getHost()}:${container.getMappedPort(8123)}`
}

import { expect, test } from 'vitest'
import { dashboardRoutes } from '../../dashboards/serve.ts'
import { Accounts } from '../../infra/accounts.ts'
import { httpServer } from '../../infra/http-server.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aLog, SECRETS, signedIn } from './an-app.ts'

test.each(['/district', '/survey/' + 'a'.repeat(43)])(
  'what cannot be shown at %s is told to the log of the process, and its words to nobody else',
  async path => {
    const warehouse = await freshWarehouse()
    const told: unknown[] = []
    let isBroken = false
    const breaking: Warehouse = {
      ...warehouse,
      query: (...args) => (isBroken ? Promise.reject(new Error('a disk is full')) : warehouse.query(...args)),
    }
    const accounts = new Accounts(warehouse)
    await accounts.refresh()
    // As every process of ours serves it: the framework's own log is off.
    const app = httpServer()
    await app.register(dashboardRoutes, {
      warehouse: breaking,
      accounts,
      secrets: SECRETS,
      log: await aLog(),
      config: { timeZone: 'America/New_York', district: 'd1' },
      logger: { error: (line: unknown) => void told.push(line) },
    })
    const analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
    isBroken = true
    const answer = await analyst.get(path, { accept: 'text/html' })
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('disk')
    expect(told).toEqual([{ err: expect.objectContaining({ message: 'a disk is full' }) as Error }])
    await app.close()
  },
)

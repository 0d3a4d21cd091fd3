const HOME_PAGE = 'https://homeroom.example/sources'

/** The credential that delivered a statement, as an agent: what the store says of its authority. */
export const authorityOf = (source: string): object => ({
  objectType: 'Agent',
  account: { homePage: HOME_PAGE, name: source },
})

/** The source whose authority the agent is; undefined if it is none. */
export function sourceOfAuthority(agent: object): string | undefined {
  const { account } = agent as { account?: { homePage: string; name: string } }
  return account?.homePage === HOME_PAGE ? account.name : undefined
}

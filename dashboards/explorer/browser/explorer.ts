import type { Drawn } from './draw.ts'

/**
 * What the explorer's page gains where scripts run: choices are shown without a reload, values under the pointer, PNG.
 * The page is whole without it, and stays as the server drew it where anything here fails. Begins when the page stands.
 */
let asking: AbortController | undefined

if (document.readyState === 'complete') begin()
else addEventListener('load', begin, { once: true })

function begin(): void {
  const said = document.createElement('p')
  said.className = 'unseen'
  said.role = 'status'
  document.body.append(said)
  document.addEventListener('change', event => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>('form.explore')
    // A form says what was chosen, also what was left open; the server answers with the short address.
    if (form) void show(`${form.action}?${asked(form)}`, 'push', said)
  })
  document.addEventListener('click', event => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>('[data-png] button')
    if (button) void picture(button)
  })
  addEventListener('popstate', () => void show(location.href, 'keep', said))
  whenIdle(() => void enhance())
}

const asked = (form: HTMLFormElement): string =>
  new URLSearchParams(
    [...new FormData(form)].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  ).toString()

/** Shows another address in place; by a plain visit where that fails: the server then says why. */
async function show(address: string, history: 'push' | 'keep', said: HTMLElement): Promise<void> {
  asking?.abort()
  asking = new AbortController()
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' }, signal: asking.signal })
    if (!answer.ok) return location.assign(address)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const content = page.querySelector('#content')
    if (!content) return location.assign(address)
    if (history === 'push') globalThis.history.pushState(null, '', answer.url)
    document.title = page.title
    const lead = page.querySelector('.lead')?.textContent ?? ''
    replace(document.querySelector('#content')!, content)
    said.textContent = lead.replace(/\s+/g, ' ').trim()
    await enhance()
  } catch (error) {
    // A newer choice has taken its place.
    if ((error as Error).name === 'AbortError') return
    location.assign(address)
  }
}

/** New content in place of the old; what was open stays open, and the focus stays on its control. */
function replace(old: Element, content: Element): void {
  const focused = document.activeElement?.id
  const open = [...old.querySelectorAll<HTMLDetailsElement>('details[open]')].map(details => details.className)
  old.replaceChildren(...content.childNodes)
  for (const details of old.querySelectorAll('details')) details.open = open.includes(details.className)
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

async function enhance(): Promise<void> {
  for (const item of document.querySelectorAll<HTMLElement>('[data-png]')) item.hidden = false
  const section = document.querySelector<HTMLElement>('[data-view]')
  if (!section?.dataset.view) return
  const view = JSON.parse(section.dataset.view) as Drawn
  const { draw } = await import('./draw.ts')
  // Meanwhile another choice may have been made.
  if (section.isConnected) await draw(section, view)
}

/** The picture of the page as PNG, twice as fine as on the screen. */
async function picture(button: HTMLButtonElement): Promise<void> {
  const from = button.closest<HTMLElement>('[data-png]')!.dataset.png!
  const image = new Image()
  image.src = from
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = 2 * image.naturalWidth
  canvas.height = 2 * image.naturalHeight
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  const bytes = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/png'))
  if (!bytes) throw new Error('this browser made no PNG of the picture')
  const link = document.createElement('a')
  link.href = URL.createObjectURL(bytes)
  link.download = `${button.dataset.name}.png`
  link.click()
  URL.revokeObjectURL(link.href)
}

function whenIdle(run: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(run, { timeout: 2000 })
  else setTimeout(run, 200)
}

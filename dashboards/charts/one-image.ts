/** What this needs of an element, in the browser and in linkedom alike. */
type Drawing = {
  querySelectorAll(selector: string): Iterable<Drawing & { remove(): void }>
  getAttributeNames(): string[]
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
}

/**
 * Makes of what Plot drew one image that a strict content security policy lets through: without its styles, which stand in
 * style.css under `.chart`, its inner labels and its size. The caller labels it.
 */
export function oneImage(root: Drawing): void {
  for (const style of root.querySelectorAll('style')) style.remove()
  for (const node of [root, ...root.querySelectorAll('*')]) {
    for (const name of node.getAttributeNames())
      if (name.startsWith('aria-') || name === 'style') node.removeAttribute(name)
  }
  for (const name of ['width', 'height', 'font-size', 'font-family']) root.removeAttribute(name)
  root.setAttribute('class', 'chart')
  root.setAttribute('role', 'img')
}

/** @file Finding elements of the page, checked. */

/** The element of that id. @throws Error where the page has none of that class */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`The page has no ${type.name} #${id}`);
  return element;
}

/** The chosen value of a group of radio buttons. */
export function chosen(name: string): string {
  return document.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value ?? '';
}

/** Calls `listener` with the value whenever another radio button of the group is chosen. */
export function onChoice(name: string, listener: (value: string) => void): void {
  document.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === 'radio' && target.name === name) listener(target.value);
  });
}

/** @file Access to elements of the page. */

/** The element with an id. @throws Error if there is none, or it is of another class */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`The page has no ${type.name} #${id}`);
  return element;
}

/** Value of the checked radio button of a group. */
export function chosen(name: string): string {
  return document.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value ?? '';
}

/** Calls `listener` with the value whenever another radio button of a group is checked. */
export function onChoice(name: string, listener: (value: string) => void): void {
  document.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === 'radio' && target.name === name) listener(target.value);
  });
}

/** @file The panel that shows what went wrong and what to do about it. */
import { byId } from './dom';

const panel = byId('error', HTMLDivElement);
const what = byId('error-what', HTMLParagraphElement);
const remedy = byId('error-remedy', HTMLParagraphElement);
const code = byId('error-code', HTMLParagraphElement);
const retry = byId('error-retry', HTMLButtonElement);

let again: (() => void) | undefined;

byId('error-close', HTMLButtonElement).addEventListener('click', hideError);
retry.addEventListener('click', () => {
  const action = again;
  hideError();
  action?.();
});

/** The fields that the errors of the library and of this page have in common. */
type Explained = { what: string; remedy: string; code?: string; value?: string | number | undefined };

function isExplained(error: unknown): error is Explained {
  return error instanceof Error && 'what' in error && 'remedy' in error;
}

/** @param retryAction what "Try again" does; without it the button is hidden */
export function showError(error: unknown, retryAction?: () => void): void {
  const known = isExplained(error);
  what.textContent = known ? error.what : `Something unexpected happened: ${String(error)}`;
  remedy.textContent = known ? error.remedy : 'Reload the page.';
  code.textContent = known ? [error.code, error.value].filter((part) => part !== undefined).join(' · ') : '';
  again = retryAction;
  retry.hidden = !retryAction;
  panel.hidden = false;
  panel.scrollIntoView({ block: 'nearest' });
}

export function hideError(): void {
  panel.hidden = true;
}

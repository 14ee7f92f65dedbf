/** @file Where the model files are by default. */

/** `models/` beside the page. */
export function defaultModelBaseUrl(): URL {
  return new URL('models/', document.baseURI);
}

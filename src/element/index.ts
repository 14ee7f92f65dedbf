/** @file `talking-portrait/element`: importing it defines `<talking-portrait>`. On a server it does nothing. */
import { TalkingPortraitElement } from './talking-portrait-element';

export { TalkingPortraitElement } from './talking-portrait-element';

const TAG = 'talking-portrait';

if (globalThis.customElements && !customElements.get(TAG)) customElements.define(TAG, TalkingPortraitElement);

declare global {
  // oxlint-disable-next-line consistent-type-definitions -- only an interface can be extended here
  interface HTMLElementTagNameMap {
    'talking-portrait': TalkingPortraitElement;
  }
}

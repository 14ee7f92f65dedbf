/** @file Source: how files are passed to the public API. */

/** A file, or the URL of one. */
export type Source = Blob | string | URL;

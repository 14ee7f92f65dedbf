/** @file Source: how the public API takes files. */

/** A file, or the URL of one. */
export type Source = Blob | string | URL;

/** @file ModelFiles: where the model files are. Plain data, so that the page can send it to a worker. */

/** A folder with manifest.json and the files in it; or the manifest's contents and the address of each file. */
export type ModelFiles = { baseUrl: string } | { manifest: unknown; urls: Readonly<Record<string, string>> };

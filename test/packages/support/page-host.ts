/** @file A web server for folders, each with the headers and habits of a certain kind of hosting. */
import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';

const MIME_TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export type Hosting = {
  headers?: Record<string, string>;
  /** Unknown paths get index.html with status 200. */
  singlePage?: boolean;
};

type Mount = Hosting & { prefix: string; folder: string };

export class PageHost {
  readonly #server: Server;
  readonly #mounts: Mount[] = [];
  /** Content of `/face.portrait`. */
  face: Uint8Array = new Uint8Array();
  readonly origin: string;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${port}`;
    server.on('request', async ({ url = '/' }, response) => {
      const path = decodeURIComponent(new URL(url, this.origin).pathname);
      const { status, headers, body } = await this.#answer(path);
      response.writeHead(status, headers).end(body);
    });
  }

  static async start(): Promise<PageHost> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PageHost(server, (server.address() as { port: number }).port);
  }

  /** Serves `folder` below `prefix`, which has a slash at both ends. @returns the address of the folder */
  mount(prefix: string, folder: string, hosting: Hosting = {}): string {
    this.#mounts.push({ prefix, folder, ...hosting });
    return `${this.origin}${prefix}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(path: string): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array | string }> {
    if (path === '/face.portrait') return { status: 200, headers: {}, body: this.face };
    const mount = this.#mounts.find(({ prefix }) => path.startsWith(prefix));
    if (!mount) return { status: 404, headers: {}, body: '' };
    const { prefix, folder, headers = {}, singlePage } = mount;
    const asked = path.endsWith('/') ? `${path}index.html` : path;
    for (const file of [
      join(folder, asked.slice(prefix.length)),
      ...(singlePage ? [join(folder, 'index.html')] : []),
    ]) {
      const info = await stat(file).catch(() => undefined);
      if (!info?.isFile()) continue;
      const type = MIME_TYPES[extname(file)] ?? 'application/octet-stream';
      return {
        status: 200,
        headers: { 'Content-Type': type, 'Last-Modified': info.mtime.toUTCString(), ...headers },
        body: await readFile(file),
      };
    }
    return { status: 404, headers, body: '' };
  }
}

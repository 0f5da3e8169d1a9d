// Serves dist/ for the browser tests: at the root of a server, and below a sub-path of another one, as a documentation
// site would. Only what the page asks for is there; everything else is a 404, which fails the test.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/**
 * Starts a server on a free port. `prefix` begins and ends with "/"; what is outside of it comes from the folder
 * `around`, where there is one. `change(path, bytes)` may send other bytes, `headers(path)` other headers. Returns its
 * address and `close()`. Files with a hash in their name may be kept, as docs/embedding.md advises.
 */
export async function serve(prefix = "/", around = undefined, change = (path, bytes) => bytes, headers = () => ({})) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const inside = pathname.startsWith(prefix);
    const path = normalize((inside ? pathname.slice(prefix.length) : pathname.slice(1)).replace(/(^|\/)$/, "$1index.html"));
    try {
      if (path.startsWith("..") || !(inside || around)) throw new Error("outside");
      const body = change(path, await readFile(join(inside ? dist : around, path)));
      const kept = /-[0-9a-f]{12,}(_bg)?\.\w+$/.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
      response.writeHead(200, {
        "Content-Type": types[extname(path)] ?? "application/octet-stream", "Cache-Control": kept, ...headers(path),
      });
      response.end(body);
    } catch {
      response.writeHead(404).end("not found");
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

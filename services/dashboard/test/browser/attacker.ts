import { createServer } from 'node:http';
import { listenOnLoopback } from '@engagetrack/test-ground';

/**
 * Pages of another origin on the same host. Their requests carry the cookie, because different ports are still one
 * site.
 */
export async function startAttacker(target: () => string) {
  const keys = () => `${target()}/api/v1/organizations/org_demo/api-keys`;
  const server = createServer((req, res) => {
    const pages: Readonly<Record<string, () => string>> = {
      '/frame': () => `<iframe src="${target()}/settings/api-keys"></iframe>`,
      '/form': () =>
        `<form method="post" action="${keys()}" enctype="text/plain"><input name='{"name":"x","scopes":["sites:read"],"a":"' value='"}'></form><script>document.forms[0].submit()</script>`,
      '/fetch': () =>
        `<script>const body = '{"name":"x","scopes":["sites:read"]}';
         const send = (method, options) => fetch("${keys()}", { method, body, credentials: "include", ...options }).catch(() => 0);
         send("POST", { mode: "no-cors" }).then(() => send("POST", { headers: { "content-type": "application/json" } })).then(() => { document.title = "done"; });</script>`,
    };
    const body = pages[req.url ?? '']?.() ?? '';
    res.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>attack</title>${body}`);
  });
  return listenOnLoopback(server);
}

// Takes Stetwatch's webhooks with nothing but Node's own modules: copy it, and put your own code into `tell`.
//
//     STETWATCH_SECRET=whsec_… node receiver_node.mjs 8787
//
// STETWATCH_SECRET may hold two secrets, parted by a space, while one replaces the other. Node 18 and newer.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE_S = 300;
const MOST_BYTES = 1_000_000;
const KEEP_IDS_MS = 5 * 86_400_000; // so long may a delivery be tried; keep ids in your database to survive a restart

const keys = (process.env.STETWATCH_SECRET ?? "")
  .split(/\s+/)
  .filter(Boolean)
  .map((one) => Buffer.from(one.replace(/^whsec_/, ""), "base64"));
const seen = new Map();

// Your code. Throw (or reject) to have the change sent again later; it will have the same id.
async function tell(change) {
  console.log(JSON.stringify([change.id, change.type, change.data.post?.headline ?? null]));
}

// The id of a request that a holder of the secret signed within five minutes, else null. Never throws.
function verified(headers, body, nowS) {
  try {
    const { "webhook-id": id, "webhook-timestamp": sentAt, "webhook-signature": signatures } = headers;
    if (!id || !/^\d{1,12}$/.test(sentAt) || Math.abs(nowS - Number(sentAt)) > TOLERANCE_S) return null;
    const theirs = signatures
      .split(" ")
      .filter((one) => one.startsWith("v1,"))
      .map((one) => Buffer.from(one.slice(3), "base64"));
    const ours = keys.map((key) => createHmac("sha256", key).update(`${id}.${sentAt}.`).update(body).digest());
    const match = ours.some((a) => theirs.some((b) => a.length === b.length && timingSafeEqual(a, b)));
    return match ? id : null;
  } catch {
    return null; // whatever a stranger sends is refused, never a stack trace
  }
}

// The raw bytes, or null when there are too many: parsing and writing them again would break the signature.
async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MOST_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

// Tell each id once; a duplicate is answered like the first, also while the first is still being told.
async function take(id, body) {
  for (const [old, one] of seen) if (one.at < Date.now() - KEEP_IDS_MS) seen.delete(old);
  if (!seen.has(id)) {
    const told = (async () => tell(JSON.parse(body.toString("utf8"))))();
    seen.set(id, { at: Date.now(), told });
  }
  try {
    await seen.get(id).told;
    return 204;
  } catch (error) {
    seen.delete(id); // Stetwatch tries again by its schedule
    console.error(`not taken: ${error}`);
    return 500;
  }
}

async function answered(request) {
  if (request.method !== "POST") return 405;
  if (Number(request.headers["content-length"]) > MOST_BYTES) return 413;
  const body = await bodyOf(request);
  if (body === null) return 413;
  const id = verified(request.headers, body, Date.now() / 1000);
  return id === null ? 401 : take(id, body);
}

if (keys.length === 0) {
  console.error("set STETWATCH_SECRET to the secret of the destination: whsec_…");
  process.exit(1);
}

const server = createServer(async (request, response) => {
  try {
    const status = await answered(request);
    response.writeHead(status, status === 413 ? { connection: "close" } : {}).end();
  } catch {
    response.destroy(); // the sender went away in the middle
  }
});
server.listen(Number(process.argv[2] ?? 8787), "127.0.0.1", () => {
  console.error(`listening on http://127.0.0.1:${server.address().port}/`);
});

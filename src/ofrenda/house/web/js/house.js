// What the page asks of the house. Every failure is a Trouble with a stable word.

export class Trouble extends Error {
  constructor(word, message = "") {
    super(word);
    this.word = word;
    // What the house says of it, in English; for the keeper's pages.
    this.said = message;
  }
}

export async function ask(path, body, options = {}) {
  const request = { credentials: "same-origin", cache: "no-store", ...options };
  if (body !== undefined) {
    request.method = "POST";
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Trouble("unreachable");
  }
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    throw new Trouble(said.error ?? "unexpected", said.message);
  }
  return response.status === 204 ? null : response.json();
}

// The token travels behind the "#"; it is taken out of the address bar before anything else.
export async function handInLink() {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  // An old link does no harm where the door is open already; life() says whether it is.
  await ask("/api/session", { token }).catch((trouble) => {
    if (trouble.word !== "no_session") throw trouble;
  });
}

export function life() {
  return ask("/api/life");
}

// resumes: the call that goes on over a new connection; null for a new call.
export async function offer(description, language, resumes = null) {
  const { token } = await ask("/api/call-token", {});
  const { sdp, type } = description;
  return ask("/api/offer", { token, sdp, type, language, ...(resumes && { resumes }) });
}

export async function hangUp(callId) {
  // keepalive: also when the page is being closed. The house notices a lost line by itself.
  await ask("/api/hang-up", { call_id: callId }, { keepalive: true }).catch(() => null);
}

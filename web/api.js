// Talking to the box. Every answer that is no success becomes a Problem with plain words.

import { fromBox, t } from "./language.js";

/** A refusal of the box: what, where, and what to do. */
export class Problem extends Error {
  constructor(status, body) {
    super(fromBox(body.detail || body.title || "") || t("The box answered {status}.", { status }));
    this.status = status;
    this.title = fromBox(body.title || "") || t("Something went wrong");
    this.place = body.where || "";
    this.mend = fromBox(body.mend || "");
    this.kind = (body.type || "").replace("urn:maskline:", "");
  }

  /** One sentence or two for people. */
  words() {
    const what = this.message === this.title ? this.title : `${this.title}: ${this.message}`;
    return sentence(what) + (this.mend ? ` ${sentence(this.mend)}` : "");
  }
}

/** Begun with a capital and ended with a stop. */
export function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

let loggedOut = () => {};

/** Calls `tell` when the box says that the session has ended. */
export function onLoggedOut(tell) {
  loggedOut = tell;
}

function problemOf(status, text) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    body = {};
  }
  const problem = new Problem(status, body);
  if (status === 401) loggedOut();
  return problem;
}

/** Asks the box; what it answers, or a Problem. */
export async function ask(method, path, body) {
  const headers = { "X-Maskline": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      redirect: "error",
    });
  } catch {
    throw new Problem(0, {
      title: t("The box does not answer"),
      mend: t("look whether it has power and whether you are in its network"),
    });
  }
  const text = await answer.text();
  if (!answer.ok) throw problemOf(answer.status, text);
  return text ? JSON.parse(text) : null;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);

/** A path with its query; what is empty is left out. */
export function withQuery(path, query) {
  const pairs = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
}

/** Sends a file; `progress` is told the share that has gone, 0 to 1. */
export function send(path, file, kind, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("X-Maskline", "1");
    request.setRequestHeader("Content-Type", kind);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(problemOf(request.status, request.responseText));
    };
    request.onerror = () => {
      reject(new Problem(0, { title: t("The file did not arrive"), mend: t("send it again") }));
    };
    request.send(file);
  });
}

/** Calls `tell` whenever the lines' state may have changed: told by the box where it can, else by
 *  asking every two seconds. Returns how to stop. */
export function watch(tell) {
  let timer = 0;
  let last = 0;
  let late = 0;
  const every = (ms) => {
    clearInterval(timer);
    timer = setInterval(tell, ms);
  };
  // Many events at once are one look.
  const soon = () => {
    clearTimeout(late);
    const wait = Math.max(0, last + 250 - Date.now());
    late = setTimeout(() => {
      last = Date.now();
      tell();
    }, wait);
  };
  every(2000);
  const events = new EventSource("/api/v1/events");
  events.onopen = () => every(15000);
  events.onerror = () => every(2000);
  for (const name of ["message", "line", "lines", "call", "status"]) {
    events.addEventListener(name, soon);
  }
  return () => {
    events.close();
    clearInterval(timer);
    clearTimeout(late);
  };
}

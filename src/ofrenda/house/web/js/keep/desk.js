// What the keeper's pages ask of the house.
import { ask, Trouble } from "/js/house.js";

export const desk = () => ask("/api/keep");
export const job = () => ask("/api/keep/job");
export const beginBatch = () => ask("/api/keep/batch", {});
export const dropBatch = (batch) => ask("/api/keep/drop", { batch });
export const readBatch = (batch, answers) => ask("/api/keep/read", { batch, answers });
export const files = () => ask("/api/keep/files");
export const correct = (source, answers) => ask("/api/keep/correct", { source, answers });
export const zone = (name, source = null) => ask("/api/keep/zone", { zone: name, source });
export const senders = () => ask("/api/keep/senders");
export const decide = (decisions) => ask("/api/keep/decide", { decisions });
export const aside = (list, from) => ask(`/api/keep/aside?list=${list}&from=${from}`);
export const release = (items, letIn) => ask("/api/keep/release", { items, let_in: letIn });
export const pasted = (ids, verdict) => ask("/api/keep/pasted", { ids, pasted: verdict });

export const portrait = (to) => ask(`/api/keep/portrait${to === null ? "" : `?to=${encodeURIComponent(to)}`}`);
export const corrections = () => ask("/api/keep/corrections");
export const amend = (said, instead) => ask("/api/keep/amend", { said, instead });
export const takeBack = (id) => ask("/api/keep/take-back", { id });

// One file, with progress: fetch cannot tell how much of a body has gone out.
export function sendFile(batch, name, file, sent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/keep/file");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-Ofrenda-Batch", batch);
    request.setRequestHeader("X-Ofrenda-Name", encodeURIComponent(name));
    request.upload.addEventListener("progress", (event) => sent(event.loaded));
    request.addEventListener("load", () => {
      if (request.status < 300) {
        resolve();
        return;
      }
      let said = {};
      try {
        said = JSON.parse(request.responseText);
      } catch {
        // Then it has no word of ours.
      }
      reject(new Trouble(said.error ?? "unexpected", said.message));
    });
    request.addEventListener("error", () => reject(new Trouble("unreachable")));
    request.send(file);
  });
}

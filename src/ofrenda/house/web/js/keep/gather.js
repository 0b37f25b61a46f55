// From what was dropped or chosen to a list of files with their places in the folder.

const JUNK = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

function wanted(name) {
  const parts = name.split("/");
  return !JUNK.has(parts.at(-1)) && !parts.some((part) => part.startsWith("."));
}

export function named(list) {
  return [...list]
    .map((file) => ({ name: file.webkitRelativePath || file.name, file }))
    .filter(({ name }) => wanted(name));
}

export async function dropped(transfer) {
  // The items are gone after the first await, so their entries are taken at once.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return named(transfer.files);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found.filter(({ name }) => wanted(name));
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ name: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = entry.createReader();
  // A reader gives at most a hundred at a time, and an empty list at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const each of some) await walk(each, found);
  }
}

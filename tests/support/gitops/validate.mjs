// Reads objects as JSON from standard input and prints what their schemas refuse, as JSON: a list of texts an object.
// The schemas are functions that look at every field they know, and pass over others. So the fields they look at are
// recorded, and a field that none looked at is unknown.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const packages = process.argv[2];
const places = { "argoproj.io": "argo-cd", "toolkit.fluxcd.io": "flux-cd" };

function recorded(value, path, seen, all) {
  if (value === null || typeof value !== "object") return value;
  for (const key of Object.keys(value)) all.add(`${path}/${key}`);
  const wrapped = new Map();
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "symbol" || !Object.hasOwn(target, key)) return Reflect.get(target, key);
      seen.add(`${path}/${key}`);
      if (!wrapped.has(key)) wrapped.set(key, recorded(target[key], `${path}/${key}`, seen, all));
      return wrapped.get(key);
    },
  });
}

async function problems(item) {
  const [group, version] = item.apiVersion.split("/");
  const name = Object.keys(places).find((end) => group.endsWith(end));
  const folder = `${packages}/${places[name]}`;
  const source = readFileSync(`${folder}/${group}/${version}/${item.kind}.js`, "utf8");
  const path = source.match(/import\{validate\}from"\.\.\/\.\.\/(_schemas\/[^"]+)"/)[1];
  const { validate } = await import(pathToFileURL(`${folder}/${path}`));
  const seen = new Set();
  const all = new Set();
  const found = validate(recorded(item, "", seen, all)) ? [] : validate.errors.map((e) => `${e.instancePath} ${e.message}`);
  return [...found, ...[...all].filter((key) => !seen.has(key)).map((key) => `${key} is unknown`)];
}

const items = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(items.map(problems))));

/**
 * Writes YAML as cdk8s does, byte for byte, but many times as fast, and with quotes and escapes where readers differ.
 *
 * cdk8s builds a document of nodes for each object. Here, its library writes each distinct text and key once, and this
 * module lays out the maps and lists.
 */
"use strict";

const { Yaml } = require("cdk8s");
const YAML = require(require.resolve("yaml", { paths: [require.resolve("cdk8s")] })); // which is cdk8s's own
const { other, unprintable } = require("./data.json"); // of text/yaml.py

const OTHER = new RegExp(`^(?:${other})$`, "u");
const UNPRINTABLE = new RegExp(`[${unprintable}]`, "gu");

const stringify = Yaml.stringify.bind(Yaml);

/** Returns whether a reader of YAML could take a text, as cdk8s writes it, for another. */
function ambiguous(text) {
  return OTHER.test(text) || text.search(UNPRINTABLE) >= 0;
}

/** Returns whether plain data holds an ambiguous text. */
function needsCare(value) {
  if (typeof value === "string") return ambiguous(value);
  if (value === null || typeof value !== "object") return false;
  if (Array.isArray(value)) return value.some(needsCare);
  return Object.keys(value).some((key) => ambiguous(key) || needsCare(value[key]));
}

function withCare(object) {
  const customTags = (tags) => tags.filter((tag) => tag !== "merge" && tag.tag !== "tag:yaml.org,2002:merge"); // `<<`
  const document = new YAML.Document(object, { customTags, keepUndefined: true, version: "1.1" });
  YAML.visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && ambiguous(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  const escape = (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return document.toString({ doubleQuotedMinMultiLineLength: Infinity, lineWidth: 0 }).replace(UNPRINTABLE, escape);
}

/** Writes one document with the library, as cdk8s does, but with quotes and escapes where readers differ. */
function byLibrary(object) {
  return needsCare(object) ? withCare(object) : stringify(object);
}

/** Thrown for data that only the library lays out: not JSON, one object in two places, keys with `? `, `---` in texts. */
const UNUSUAL = Symbol("unusual");

const LONGEST_KEY = 1000; // The library writes `? ` before a longer one.
const DOCUMENT_MARKER = /^(%|---|\.\.\.)/m; // Quoted or not, depending on the indentation.

/** Returns a function that calls `answer` once for each text. */
function remembered(answer) {
  const answers = new Map();
  return (text) => {
    let found = answers.get(text);
    if (found === undefined) answers.set(text, (found = answer(text)));
    return found;
  };
}

/** Returns a key with its colon. */
const writtenKey = remembered((key) => {
  if (key === "" || key.length > LONGEST_KEY || key.includes("\n") || DOCUMENT_MARKER.test(key)) throw UNUSUAL;
  const written = byLibrary({ [key]: 1 }).slice(0, -" 1\n".length);
  if (written.startsWith("? ")) throw UNUSUAL; // With its escapes, the key is too long.
  return written;
});

/** Returns a text as a value in the outermost map, whose further lines are indented by two blanks. */
const writtenText = remembered((text) => {
  if (DOCUMENT_MARKER.test(text)) throw UNUSUAL;
  return byLibrary({ k: text }).slice("k:".length, -1);
});

/** Appends what follows a key or a dash. */
function add(parts, value, indent, seen) {
  if (typeof value === "string") {
    const text = writtenText(value);
    parts.push(indent.length > 2 && text.includes("\n") ? text.replace(/\n(?=[^\n])/g, `\n${indent.slice(2)}`) : text);
  } else if (value === null || typeof value === "boolean") {
    parts.push(` ${value}`);
  } else if (typeof value === "number") {
    parts.push(Number.isSafeInteger(value) && !Object.is(value, -0) ? ` ${value}` : ` ${stringify(value).slice(0, -1)}`);
  } else if (Array.isArray(value)) {
    addItems(parts, value, indent, seen);
  } else if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    addFields(parts, value, indent, seen);
  } else {
    throw UNUSUAL;
  }
}

function once(value, seen) {
  if (seen.has(value)) throw UNUSUAL;
  seen.add(value);
}

function addFields(parts, value, indent, seen) {
  once(value, seen);
  const keys = Object.keys(value);
  if (keys.length === 0) parts.push(" {}");
  for (const key of keys) {
    parts.push(`\n${indent}${writtenKey(key)}`);
    add(parts, value[key], `${indent}  `, seen);
  }
}

/** The first line of a map or list in a list follows the dash. */
function addItems(parts, value, indent, seen) {
  once(value, seen);
  if (value.length === 0) parts.push(" []");
  for (const item of value) {
    parts.push(`\n${indent}-`);
    const first = parts.length;
    add(parts, item, `${indent}  `, seen);
    if (parts[first].startsWith(`\n${indent}  `)) parts[first] = ` ${parts[first].slice(indent.length + 3)}`;
  }
}

/** Returns one document. Its bytes are those of the library, in a small part of the time. */
function written(object) {
  const isPlain = object !== null && typeof object === "object" && Object.getPrototypeOf(object) === Object.prototype;
  if (!isPlain || Object.keys(object).length === 0) return byLibrary(object);
  const parts = [];
  try {
    addFields(parts, object, "", new Set());
  } catch (error) {
    if (error === UNUSUAL) return byLibrary(object);
    throw error;
  }
  return `${parts.join("").slice(1)}\n`;
}

/** Makes cdk8s write YAML with this module, for objects of all classes. */
function install() {
  Yaml.stringify = (...objects) => objects.map(written).join("---\n");
}

module.exports = { install };

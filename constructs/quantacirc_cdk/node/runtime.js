"use strict";

// jsii starts Node.js twice: a process that passes messages on between its own input and output and descriptor 3 of
// another, and that other, the runtime. This is the runtime without the first: less to start, and half the way for
// each of thousands of messages.

const fs = require("fs");
const os = require("os");
const { Writable } = require("stream");

const CHANNEL = 3;
const { readSync, writeSync } = fs;

const taken = fs.openSync(os.devNull, "r"); // no file may get the number of the channel
if (taken !== CHANNEL) fs.closeSync(taken);

fs.readSync = (fd, ...rest) => readSync(fd === CHANNEL ? 0 : fd, ...rest);
fs.writeSync = (fd, ...rest) => writeSync(fd === CHANNEL ? 1 : fd, ...rest);

// What libraries print goes the way that jsii expects it: through the standard error, wrapped.
for (const name of ["stdout", "stderr"]) {
  const printed = new Writable({
    write(chunk, _, done) {
      writeSync(2, `${JSON.stringify({ [name]: chunk.toString("base64") })}\n`);
      done();
    },
  });
  Object.defineProperty(process, name, { configurable: true, enumerable: true, value: printed });
}

// jsii passes this option to the second process, and then links the folder of a package instead of each of its files.
process.execArgv.push("--preserve-symlinks");

require("./program.js");
